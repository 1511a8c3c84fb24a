import { useSignal } from "@preact/signals";
import { useMemo, useRef } from "preact/hooks";
import { useApp } from "../app/context";
import { useLoaded } from "../app/load";
import { AccessCopyPart } from "../components/access-copy/access-copy";
import { Annotations } from "../components/annotations/annotations";
import { Condition } from "../components/condition/condition";
import { Custody } from "../components/custody/custody";
import { Gaps } from "../components/gaps/gaps";
import { Icon } from "../components/icon/icon";
import { CourtLog } from "../components/log/log";
import { type Place, Player } from "../components/player/player";
import { ProblemNotice } from "../components/problem/problem";
import { RedactedNotice } from "../components/redactions/redacted";
import { RedactionsPart } from "../components/redactions/redactions";
import { Requests } from "../components/requests/requests";
import { Disposed } from "../components/retention/disposed";
import { Seal } from "../components/seal/seal";
import { Link, Shell, Title } from "../components/shell/shell";
import { Speech } from "../components/speech/speech";
import { Tracks } from "../components/tracks/tracks";
import { VerificationPart } from "../components/verification/verification";
import { ApiError, localProblem, problemOf } from "../core/api";
import { endedByServer, findParts, partsElsewhere } from "../core/evidence";
import { mediaTime, shortDateTimeInZone, zone } from "../core/format";
import { filmSeconds } from "../core/redaction";
import { fetchList, SealCheck } from "../core/seal-check";
import { LEDGER_BYTES_MAX, MANIFEST_BYTES_MAX } from "../core/sealed";
import { isSpeech } from "../core/speech";
import { locale, t } from "../core/text";
import { addressOf, Tickets, trackAddress } from "../core/tickets";
import { httpSource, Refused } from "../core/track-file";
import type { Problem, Recording, RecordingCondition } from "../core/wire";
import { NoSession } from "./home";

export function RecordingPage({ id }: { id: string }) {
  const { session } = useApp();
  if (!session.current.value) return <NoSession title={t("recording-problem")} />;
  return <KnownRecording id={id} />;
}

function KnownRecording({ id }: { id: string }) {
  const { api, session } = useApp();
  const recording = useLoaded(() => api.recording(id), [id, session.current.value?.session]);
  const handles = session.current.value?.me.capabilities.includes("handle_evidence") ?? false;
  // Beside the recording, not after it: of one that cannot be read it says why.
  const condition = useLoaded(async () => (handles ? await api.condition(id) : null), [id, handles]);
  const stands = condition.value.value;
  if (recording.problem.value?.code === "disposed")
    return (
      <Shell>
        <Disposed recording={id} />
      </Shell>
    );
  return (
    <Shell wide>
      {recording.value.value ? (
        <RecordingView
          key={id}
          recording={recording.value.value}
          condition={stands}
          onChanged={() => {
            void recording.again();
            void condition.again();
          }}
        />
      ) : (
        <>
          <Title key="loading" text={t(recording.problem.value ? "recording-problem" : "loading")} />
          {stands && recording.problem.value ? <Condition condition={stands} /> : null}
        </>
      )}
      {condition.problem.value && !recording.problem.value ? (
        <ProblemNotice problem={condition.problem.value} />
      ) : null}
      {recording.problem.value ? <ProblemNotice problem={recording.problem.value} /> : null}
    </Shell>
  );
}

interface RecordingViewProps {
  recording: Recording;
  /** None for those who do not handle evidence, and until it is known. */
  condition: RecordingCondition | null;
  onChanged: () => void;
}

/** A recording: watch it, check it, hand it out. */
export function RecordingView({ recording, condition, onChanged }: RecordingViewProps) {
  const { api, session } = useApp();
  const { evidence } = recording;
  const tickets = useMemo(() => new Tickets(api, evidence.recording), [evidence.recording]);
  const check = useMemo(() => sealCheck(tickets, recording), [evidence.recording]);
  const place = useSignal<Place | null>(null);
  const stands = useRef<Place | null>(null);
  const elsewhere = partsElsewhere(recording);
  const found = useLoaded(() => findParts(recording, api), [evidence.recording, elsewhere.join()]);
  return (
    <>
      <p class="page__caption">
        <Link href={`/case/${recording.case.id}`}>
          {recording.case.reference} – {recording.case.title}
        </Link>
      </p>
      <Title key={evidence.recording} text={t("recording-page-title", { title: evidence.title })} />
      <p class="govuk-body">
        {t(`recording-state-${evidence.state}`)} ·{" "}
        {t("evidence-sealed", { when: shortDateTimeInZone(evidence.sealed_at, locale.value) })} ·{" "}
        {t("evidence-length", { length: mediaTime(evidence.duration_ms) })}
      </p>
      {condition ? <Condition condition={condition} /> : null}
      {evidence.interrupted ? <p class="evidence__warn">{t("seal-interrupted")}</p> : null}
      {!evidence.interrupted && endedByServer(recording.log) ? (
        <p class="evidence__warn">{t("seal-stopped")}</p>
      ) : null}
      <p class="govuk-hint">{t("times-in-zone", { zone: zone(evidence.sealed_at, locale.value) })}</p>
      <RedactedNotice recording={recording} />
      {recording.redacted ? (
        // A redacted copy has no tracks to be played together: it is a film.
        <AccessCopyPart
          recording={evidence.recording}
          tickets={tickets}
          sealed
          seconds={place.value ? filmSeconds(recording, place.value.segment, place.value.ms) : null}
          onChanged={onChanged}
        />
      ) : (
        <Player
          recording={recording}
          address={(file) => trackAddress(tickets, file)}
          check={check}
          place={place.value}
          onPlace={(at) => (stands.current = at)}
          onPlayed={(stretch) => api.played(evidence.recording, stretch)}
        />
      )}
      <div class="columns">
        <VerificationPart recording={evidence.recording} onDone={onChanged} />
        <Download
          tickets={tickets}
          probe={recording.tracks[0]?.file}
          redacted={recording.redacted !== null}
          onDone={onChanged}
        />
      </div>
      {found.problem.value ? <ProblemNotice problem={found.problem.value} /> : null}
      <CourtLog
        entries={recording.log.filter((entry) => !isSpeech(entry))}
        elsewhere={elsewhere}
        found={found.value.value ?? new Map()}
        onPlay={(to) => (place.value = to)}
      />
      {recording.redacted ? (
        <Seal recording={recording} />
      ) : (
        <>
          <Annotations
            recording={evidence.recording}
            annotations={recording.annotations}
            now={() => stands.current ?? firstMoment(recording)}
            onPlay={(to) => (place.value = to)}
            onChanged={onChanged}
          />
          <Speech entries={recording.log} elsewhere={elsewhere} onPlay={(to) => (place.value = to)} />
          <Gaps gaps={recording.gaps} tracks={recording.tracks} onPlay={(to) => (place.value = to)} />
          <Seal recording={recording} />
          <AccessCopyPart recording={evidence.recording} tickets={tickets} onChanged={onChanged} />
          <Tracks tracks={recording.tracks} />
          <RedactionsPart
            recording={recording}
            now={() => stands.current ?? firstMoment(recording)}
            onChanged={onChanged}
          />
          {session.current.value?.me.capabilities.includes("release_media") ? (
            <Requests recording={evidence.recording} onChanged={onChanged} />
          ) : null}
        </>
      )}
      <Custody entries={recording.custody} caseId={recording.case.id} />
    </>
  );
}

/** Where a recording begins; none when nothing is in it. */
function firstMoment({ segments }: Recording): Place | null {
  const first = segments[0];
  return first ? { segment: first.segment, ms: 0 } : null;
}

/** A download leaves the page no answer to read: so a byte of a track is asked for first, with the same ticket. */
async function proven(tickets: Tickets, probe: string): Promise<void> {
  try {
    await httpSource(trackAddress(tickets, probe), 1).read(0, 1);
  } catch (error) {
    // What was refused is not used again: the bundle is fetched with a fresh ticket.
    if (error instanceof ApiError) throw error;
    if (!(error instanceof Refused)) throw new ApiError(localProblem("unreachable", String(error)));
  }
}

/** Compares what is played with the lists that were sealed, by the hash that the case file holds of them. */
function sealCheck(tickets: Tickets, { evidence, tracks }: Recording): SealCheck {
  return new SealCheck(
    {
      manifest: () => fetchList(addressOf(tickets, "manifest-sha256.txt"), MANIFEST_BYTES_MAX),
      ledger: (told) => fetchList(addressOf(tickets, "fragments.tsv"), LEDGER_BYTES_MAX, fetch, told),
    },
    {
      recording: evidence.recording,
      manifestSha256: evidence.manifest_sha256,
      tracks: new Set(tracks.map((track) => track.file)),
    },
  );
}

interface DownloadProps {
  tickets: Tickets;
  /** A track's file; none in a recording without tracks. */
  probe: string | undefined;
  redacted: boolean;
  onDone: () => void;
}

function Download({ tickets, probe, redacted, onDone }: DownloadProps) {
  const problem = useSignal<Problem | null>(null);
  return (
    <section class="card" aria-labelledby="download">
      <h2 id="download" class="govuk-heading-m">
        {t("download-title")}
      </h2>
      <p class="govuk-body">{t(redacted ? "redacted-download" : "download-text")}</p>
      {problem.value ? <ProblemNotice problem={problem.value} /> : null}
      <button
        type="button"
        class="govuk-button govuk-button--secondary"
        data-testid="bundle-download"
        onClick={async () => {
          try {
            problem.value = null;
            if (probe) await proven(tickets, probe);
            const link = document.createElement("a");
            link.href = await tickets.address("bundle.tar");
            link.download = "";
            link.click();
            setTimeout(onDone, 1_000);
          } catch (error) {
            problem.value = problemOf(error);
          }
        }}
      >
        <Icon name="download" />
        <span>{t("download-now")}</span>
      </button>
    </section>
  );
}
