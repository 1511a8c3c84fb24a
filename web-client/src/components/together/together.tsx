import { useSignal } from "@preact/signals";
import { useEffect, useMemo, useRef } from "preact/hooks";
import { useApp } from "../../app/context";
import { mediaTime } from "../../core/format";
import type { Live } from "../../core/live";
import { fetchList, SealCheck } from "../../core/seal-check";
import { LEDGER_BYTES_MAX, MANIFEST_BYTES_MAX } from "../../core/sealed";
import { t } from "../../core/text";
import { addressOf, Tickets, trackAddress } from "../../core/tickets";
import { APART_MS, Leash, placeOf, ServerClock, standsAt, totalMs } from "../../core/together";
import type { FollowState, PlaybackView, PlayedNow } from "../../core/wire";
import { SEQUESTERED } from "../../core/word";
import { Icon } from "../icon/icon";
import { CHOOSES_SPEAKER } from "../media/media";
import { Engine } from "../player/engine";
import { peopleOf, SoundNote, Stage, stagesOf, TrackSound } from "../player/player";
import { SEALED_STANDS, SealedWait } from "../player/sealed";

const LOOK_MS = 200;
/** Said again from time to time: a word that was lost on its way must not stand for the truth. */
const SAY_EVERY_MS = 8_000;
/** How long one tries to load what is needed before it is said that it failed, and how often it is tried. */
const AGAIN_MS = [1_000, 2_000, 4_000, 8_000, 15_000];

/** The recording that the court shows to everybody, played here by the hearing's clock. */
export function Together({ live }: { live: Live }) {
  const playback = live.hearing.view.value?.playback ?? null;
  // Whoever may not follow any more loses what was loaded with it.
  return playback ? <Shown key={playback.recording} live={live} playback={playback} /> : null;
}

interface Loaded {
  now: PlayedNow;
  clock: ServerClock;
  tickets: Tickets;
  check: SealCheck;
}

function Shown({ live, playback }: { live: Live; playback: PlaybackView }) {
  const { api } = useApp();
  const loaded = useSignal<Loaded | null>(null);
  const failing = useSignal(false);
  const { hearing } = live.options;
  const { recording } = playback;
  useEffect(() => {
    let gone = false;
    let timer: ReturnType<typeof setTimeout> | null = null;
    const clock = new ServerClock();
    const ask = async () => {
      const asked = performance.now();
      const now = await api.playback(hearing);
      clock.read(now, asked, performance.now());
      return now;
    };
    const load = async (tries: number) => {
      try {
        const now = await ask();
        if (!gone && now.playback.recording === recording) loaded.value = { now, clock, ...parts(now, ask) };
        failing.value = false;
      } catch {
        failing.value = true;
        if (!gone) timer = setTimeout(() => void load(tries + 1), AGAIN_MS[Math.min(tries, 4)]);
      }
    };
    void load(0);
    return () => {
      gone = true;
      if (timer !== null) clearTimeout(timer);
    };
  }, [recording]);
  useEffect(() => {
    if (loaded.value) return;
    const say = () => {
      const state = failing.value ? "failed" : "waiting";
      live.connection.report({ type: "follows", recording, state });
    };
    say();
    const timer = setInterval(say, SAY_EVERY_MS);
    return () => clearInterval(timer);
  }, [loaded.value === null, failing.value]);
  return (
    <section class="together" aria-label={t("together-title")} data-testid="together">
      <p class="together__title">
        <Icon name="play" />
        <strong>{t("together-shown", { title: playback.title })}</strong>
      </p>
      {loaded.value ? (
        <Playing live={live} playback={playback} loaded={loaded.value} />
      ) : (
        <p class="together__state" role="status" data-testid="together-state" data-state="loading">
          {t(failing.value ? "together-failed" : "together-loading")}
        </p>
      )}
    </section>
  );
}

/** What the tracks are read by: tickets that are asked for anew where need be, and the comparison with what was sealed. */
function parts(now: PlayedNow, ask: () => Promise<PlayedNow>): { tickets: Tickets; check: SealCheck } {
  let first: PlayedNow | null = now;
  const ticket = async () => {
    const had = first;
    first = null;
    return (had ?? (await ask())).ticket;
  };
  const { recording, manifest_sha256: manifestSha256 } = now.playback;
  const tickets = new Tickets({ ticket }, recording);
  const check = new SealCheck(
    {
      manifest: () => fetchList(addressOf(tickets, "manifest-sha256.txt"), MANIFEST_BYTES_MAX),
      ledger: (told) => fetchList(addressOf(tickets, "fragments.tsv"), LEDGER_BYTES_MAX, fetch, told),
    },
    { recording, manifestSha256, tracks: new Set([...now.tracks.map((x) => x.file), ...now.hidden]) },
  );
  return { tickets, check };
}

function Playing({ live, playback, loaded }: { live: Live; playback: PlaybackView; loaded: Loaded }) {
  const { now, clock, tickets, check } = loaded;
  const segment = useSignal(now.playback.parts[0]?.segment ?? 1);
  const at = useSignal(0);
  const apart = useSignal(0);
  const state = useSignal<FollowState>("waiting");
  const mute = useSignal(false);
  const box = useRef<HTMLDivElement>(null);
  const latest = useRef(playback);
  latest.current = playback;
  const duration = playback.parts.find((p) => p.segment === segment.value)?.duration_ms ?? 0;
  const engine = useMemo(
    () => new Engine(duration, (file) => trackAddress(tickets, file), now.gaps, check),
    [segment.value, duration],
  );
  useEffect(() => () => engine.close(), [engine]);
  useEffect(() => {
    const leash = new Leash();
    let silentFor = 0;
    let said: FollowState | null = null;
    let saidAt = Number.NEGATIVE_INFINITY;
    const look = () => {
      const view = latest.current;
      const page = performance.now();
      const server = clock.now(page);
      if (server === null) return;
      const whole = standsAt(view, server);
      at.value = whole;
      const place = placeOf(view.parts, whole);
      if (place && place.part.segment !== segment.value) {
        segment.value = place.part.segment;
        return;
      }
      const target = place?.ms ?? 0;
      const ended = whole >= totalMs(view.parts);
      const runs = view.playing && !ended;
      if (runs) {
        if (!engine.playing.value) {
          engine.seek(target);
          engine.play();
        }
        const step = leash.step(engine.positionMs.value, target, engine.runs, page);
        if (step.kind === "jump") engine.seek(step.toMs);
        else if (step.kind === "speed") engine.setSpeed(step.speed);
      } else {
        if (engine.playing.value) engine.pause();
        if (Math.abs(engine.positionMs.value - target) > 20) engine.seek(target);
      }
      apart.value = Math.round(engine.positionMs.value - target);
      const sounds = [...(box.current?.querySelectorAll("audio") ?? [])];
      const held = sounds.some((a) => a.dataset.standing === "play" && a.paused);
      silentFor = runs && engine.runs && held ? silentFor + LOOK_MS : 0;
      // A browser that holds the sound back until something is pressed: pictures alone are not the testimony.
      mute.value = silentFor > 1_000 || (mute.value && held);
      const standings = Object.values(engine.standings.value);
      const broken = standings.some((s) => s === "failed" || s === "unplayable");
      const behind = runs ? !engine.runs || Math.abs(apart.value) > APART_MS : standings.includes("wait");
      state.value = broken || mute.value ? "failed" : behind ? "waiting" : "following";
      if (said === state.value && page - saidAt < SAY_EVERY_MS) return;
      [said, saidAt] = [state.value, page];
      live.connection.report({ type: "follows", recording: view.recording, state: state.value });
    };
    const timer = setInterval(look, LOOK_MS);
    look();
    return () => clearInterval(timer);
  }, [engine]);
  const { volume, speaker } = live.output.value;
  useEffect(() => {
    for (const audio of box.current?.querySelectorAll("audio") ?? []) {
      audio.volume = volume;
      if (CHOOSES_SPEAKER) audio.setSinkId(speaker).catch(() => undefined);
    }
  }, [engine, volume, speaker]);
  // Whoever testifies first: that is what everybody looks at.
  const people = peopleOf(now.tracks, segment.value).sort(
    (a, b) => Number(SEQUESTERED.includes(b.role)) - Number(SEQUESTERED.includes(a.role)),
  );
  const hears = () => {
    for (const audio of box.current?.querySelectorAll("audio") ?? []) audio.play().catch(() => undefined);
  };
  return (
    <div
      ref={box}
      data-testid="together-playing"
      data-at={Math.round(engine.positionMs.value)}
      data-apart={apart.value}
    >
      <p class="together__state" role="status" data-testid="together-state" data-state={state.value}>
        {t(
          mute.value
            ? "together-silent"
            : state.value === "failed"
              ? "together-failed"
              : state.value === "waiting"
                ? "together-waiting"
                : playback.playing
                  ? "together-plays"
                  : "together-stands",
        )}
      </p>
      <p class="together__facts" id={SEALED_STANDS} tabIndex={-1}>
        <span>
          {t("together-at", { at: mediaTime(at.value), length: mediaTime(totalMs(playback.parts)) })}
        </span>
        <SealWord check={check} />
      </p>
      <SealedWait check={check} />
      {mute.value ? (
        <button type="button" class="govuk-button" data-testid="together-hear" onClick={hears}>
          {t("together-hear")}
        </button>
      ) : state.value === "failed" ? (
        <button
          type="button"
          class="govuk-button govuk-button--secondary"
          data-testid="together-again"
          onClick={() => engine.again()}
        >
          {t("try-again")}
        </button>
      ) : null}
      <ul class="player__tiles together__tiles" aria-label={t("player-tracks")}>
        {people.map((person) => (
          <li key={person.id} class="player__tile">
            {stagesOf(person.pictures).map((tracks) => (
              <Stage key={tracks[0]?.file} tracks={tracks} engine={engine} />
            ))}
            {person.pictures.length === 0 ? (
              <div class="player__blank">
                {t(isKept(now, person.id, segment.value) ? "together-kept" : "player-no-picture")}
              </div>
            ) : null}
            {person.sounds.map((track) => (
              <TrackSound key={track.file} track={track} engine={engine} silent={false} />
            ))}
            <div class="tile__caption">
              <p class="tile__name">{person.name}</p>
              <p class="tile__role">{t(`role-${person.role}`)}</p>
            </div>
            <SoundNote tracks={person.sounds} engine={engine} />
          </li>
        ))}
      </ul>
    </div>
  );
}

/** Whether a picture of this person is there and kept; whoever had no camera has none that could be. */
const isKept = (now: PlayedNow, participant: string, segment: number): boolean =>
  now.kept.some((one) => one.participant === participant && one.segment === segment);

/** Whether what is played is what was sealed, as far as it was compared. */
function SealWord({ check }: { check: SealCheck }) {
  const basis = check.basis.value;
  const differs = basis === "not_sealed" || check.differing.value.length > 0;
  if (differs) {
    return (
      <strong class="together__differs" role="alert" data-testid="together-seal" data-state="differs">
        <Icon name="warning" /> {t("together-seal-differs")}
      </strong>
    );
  }
  if (basis === "loading" && check.goesOn.value) {
    return (
      <span data-testid="together-seal" data-state="none">
        <Icon name="warning" /> {t("sealed-unwaited")}
      </span>
    );
  }
  const state =
    basis === "ready" && check.same.value > 0
      ? check.before.value || check.outside.value.length > 0
        ? "partly"
        : "same"
      : basis === "ready" || basis === "loading"
        ? "begins"
        : "none";
  return (
    <span data-testid="together-seal" data-state={state}>
      <Icon name={state === "same" ? "seal" : "clock"} /> {t(`together-seal-${state}`)}
    </span>
  );
}
