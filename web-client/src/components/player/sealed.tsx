import { useSignal } from "@preact/signals";
import type { ComponentChildren } from "preact";
import { useEffect } from "preact/hooks";
import { bytes, mediaTime } from "../../core/format";
import { type Differing, LISTED_MAX, type SealCheck } from "../../core/seal-check";
import { locale, t } from "../../core/text";
import type { RecordedTrack } from "../../core/wire";
import { Icon, type IconName } from "../icon/icon";

interface SealedProps {
  check: SealCheck;
  tracks: RecordedTrack[];
  onPlay: (place: { segment: number; ms: number }) => void;
}

/** Whether what is seen and heard is what was sealed: said as it is, and never more than was compared. */
export function SealedStatement({ check, tracks, onPlay }: SealedProps) {
  if (tracks.length === 0) return null;
  const alarm = hasAlarm(check);
  return (
    <div class="sealed" id={SEALED_STANDS} tabIndex={-1}>
      {/* In the page from the beginning, so that a screen reader says at once what comes into it. */}
      <div role="alert">{alarm ? <Alarm check={check} tracks={tracks} onPlay={onPlay} /> : null}</div>
      {alarm ? null : <Calm check={check} tracks={tracks} />}
    </div>
  );
}

function nameOf(file: string, tracks: RecordedTrack[]): string {
  const track = tracks.find((x) => x.file === file);
  return track ? t("gaps-track", { name: track.name, source: track.source }) : file;
}

function Alarm({ check, tracks, onPlay }: SealedProps) {
  const differing = check.differing.value;
  const list = check.basis.value === "not_sealed";
  return (
    <div id={ALARM} class="sealed__alarm" data-testid="sealed-alarm">
      <p class="sealed__title">
        <Icon name="warning" />
        <strong>{t(list ? "sealed-alarm-list" : "sealed-alarm")}</strong>
      </p>
      <p>{t(list ? "sealed-alarm-list-text" : "sealed-alarm-text")}</p>
      {differing.length > 0 ? (
        <ul class="sealed__list">
          {differing.map((one) => (
            <Different key={`${one.file} ${one.first}`} one={one} tracks={tracks} onPlay={onPlay} />
          ))}
        </ul>
      ) : null}
      {differing.length >= LISTED_MAX ? <p>{t("sealed-alarm-more")}</p> : null}
      {list ? null : <Count check={check} />}
      <p>{t("sealed-alarm-do")}</p>
    </div>
  );
}

function Different({
  one,
  tracks,
  onPlay,
}: {
  one: Differing;
  tracks: RecordedTrack[];
  onPlay: SealedProps["onPlay"];
}) {
  const track = tracks.find((x) => x.file === one.file);
  const from = one.fromMs;
  const args = { what: nameOf(one.file, tracks), part: track?.segment ?? 0 };
  return (
    <li data-testid="sealed-differs" data-from={from ?? ""}>
      {from === null
        ? t("sealed-differs-unknown", args)
        : t("sealed-differs", {
            ...args,
            from: mediaTime(from),
            // Rounded up: what lasts into a second is not said to end before it.
            to: mediaTime(Math.ceil(Math.min(one.toMs ?? from, track?.duration_ms ?? from) / 1000) * 1000),
          })}
      {from !== null && track ? (
        <button
          type="button"
          class="sealed__play"
          onClick={() => onPlay({ segment: track.segment, ms: Math.max(0, from - 1_000) })}
        >
          {t("log-play", { at: mediaTime(Math.max(0, from - 1_000)) })}
          <span class="govuk-visually-hidden"> {args.what}</span>
        </button>
      ) : null}
    </li>
  );
}

function Calm({ check, tracks }: { check: SealCheck; tracks: RecordedTrack[] }) {
  const basis = check.basis.value;
  const outside = check.outside.value;
  if (basis === "no_digest")
    return <Line state="none" icon="warning" text="sealed-no-digest" more="sealed-no-digest-text" />;
  if (basis === "too_long")
    return <Line state="none" icon="warning" text="sealed-too-long" more="sealed-too-long-text" />;
  if (basis === "unreachable")
    return (
      <Line state="none" icon="warning" text="sealed-unreachable" more="sealed-unreachable-text">
        <button
          type="button"
          class="govuk-button govuk-button--secondary"
          data-testid="sealed-again"
          onClick={() => check.again()}
        >
          {t("try-again")}
        </button>
      </Line>
    );
  if (basis === "loading") return <Loading check={check} />;
  if (check.same.value === 0)
    return <Line state="begins" icon="clock" text="sealed-begins" more="sealed-begins-text" />;
  const partly = check.before.value || outside.length > 0;
  return (
    <Line
      state={partly ? "partly" : "same"}
      icon={partly ? "warning" : "seal"}
      text={partly ? "sealed-partly" : "sealed-same"}
    >
      <Count check={check} />
      {check.before.value ? <p>{t("sealed-before")}</p> : null}
      {outside.length > 0 ? (
        <>
          <p>{t("sealed-outside")}</p>
          <ul class="sealed__list">
            {outside.map((file) => (
              <li key={file}>{nameOf(file, tracks)}</li>
            ))}
          </ul>
        </>
      ) : null}
      <Rests />
    </Line>
  );
}

/** A list that takes longer than this to come is spoken of. */
const SOON_MS = 3_000;

/** True once so much time has passed that whoever waits wants to know for what. */
function useLong(): boolean {
  const long = useSignal(false);
  useEffect(() => {
    const timer = setTimeout(() => {
      long.value = true;
    }, SOON_MS);
    return () => clearTimeout(timer);
  }, []);
  return long.value;
}

/** How much of the list has come. */
function Arrived({ check }: { check: SealCheck }) {
  const { bytes: came, total } = check.arrived.value;
  const args = { came: bytes(came, locale.value), total: bytes(total ?? 0, locale.value) };
  return (
    <p data-testid="sealed-arrived">{t(total === null ? "sealed-arrived" : "sealed-arrived-of", args)}</p>
  );
}

/** What says how the comparison stands: it stays in the page, whatever it says. */
export const SEALED_STANDS = "sealed-stands";

function GoOn({ check }: { check: SealCheck }) {
  return (
    <button
      type="button"
      class="govuk-button govuk-button--secondary"
      data-testid="sealed-go-on"
      onClick={() => {
        check.goOn();
        // The button goes with that: whoever pressed it by the keyboard is where it is said what follows, and not at the top of the page.
        requestAnimationFrame(() => document.getElementById(SEALED_STANDS)?.focus());
      }}
    >
      {t("sealed-go-on")}
    </button>
  );
}

/** Where a recording is followed: why nothing plays while the list is on its way, and the way past. */
export function SealedWait({ check }: { check: SealCheck }) {
  const long = useLong();
  if (!long || check.basis.value !== "loading" || check.goesOn.value) return null;
  return (
    <div class="together__wait" data-testid="sealed-wait">
      <p>{t("sealed-coming-text")}</p>
      <Arrived check={check} />
      <GoOn check={check} />
    </div>
  );
}

/** The list of what was sealed is on its way: how far, and the way to play without it until then. */
function Loading({ check }: { check: SealCheck }) {
  const long = useLong();
  const goesOn = check.goesOn.value;
  if (!long && !goesOn)
    return <Line state="begins" icon="clock" text="sealed-begins" more="sealed-begins-text" />;
  return (
    <Line
      state={goesOn ? "none" : "begins"}
      icon={goesOn ? "warning" : "clock"}
      text={goesOn ? "sealed-unwaited" : "sealed-coming"}
      more={goesOn ? "sealed-unwaited-text" : "sealed-coming-text"}
    >
      <Arrived check={check} />
      {goesOn ? null : <GoOn check={check} />}
    </Line>
  );
}

/** How much is as it was sealed, of all there is. */
function Count({ check }: { check: SealCheck }) {
  const [same, total] = [check.same.value, check.total.value];
  // Rounded down: nothing is called whole before it is.
  const percent = Math.floor((same / total) * 100);
  return (
    <p class="sealed__count" data-testid="sealed-count" data-same={same} data-total={total}>
      {t("sealed-count", { same, total, percent })}
    </p>
  );
}

/** Beside what one presses to play: that something is wrong, wherever one has scrolled to, and the way to what it is. */
export function SealedReminder({ check }: { check: SealCheck }) {
  if (!hasAlarm(check)) return null;
  return (
    <p class="player__differs" data-testid="sealed-reminder">
      <Icon name="warning" />
      <button
        type="button"
        class="player__differs-go"
        onClick={() => document.getElementById(ALARM)?.scrollIntoView({ block: "start" })}
      >
        {t(check.basis.value === "not_sealed" ? "sealed-alarm-list" : "sealed-alarm")}
      </button>
    </p>
  );
}

const ALARM = "sealed-alarm";

const hasAlarm = (check: SealCheck): boolean =>
  check.basis.value === "not_sealed" || check.differing.value.length > 0;

/** What the comparison is worth: it is the court's server that says what was sealed. */
function Rests() {
  return (
    <details class="sealed__rests">
      <summary>{t("sealed-rests-title")}</summary>
      <p>{t("sealed-rests")}</p>
      <p>{t("sealed-rests-not")}</p>
    </details>
  );
}

function Line(props: {
  state: "same" | "partly" | "begins" | "none";
  icon: IconName;
  text: string;
  more?: string;
  children?: ComponentChildren;
}) {
  const { state, icon, text, more, children } = props;
  return (
    <div class={`sealed__line sealed__line--${state}`} data-testid="sealed" data-state={state}>
      <p class="sealed__title">
        <Icon name={icon} />
        <strong>{t(text)}</strong>
      </p>
      {more ? <p>{t(more)}</p> : null}
      {children}
    </div>
  );
}
