import { useSignal } from "@preact/signals";
import { useEffect, useMemo, useRef } from "preact/hooks";
import { firstPictureMs } from "../../core/evidence";
import { mediaTime } from "../../core/format";
import { type Shown, shownOf } from "../../core/playback";
import type { SealCheck } from "../../core/seal-check";
import { t } from "../../core/text";
import { cuesOf } from "../../core/timeline";
import type { Address } from "../../core/track-file";
import type { RecordedTrack, Recording, Role } from "../../core/wire";
import { Icon } from "../icon/icon";
import { Captions } from "./captions";
import { Engine } from "./engine";
import { SealedReminder, SealedStatement } from "./sealed";
import { Timeline } from "./timeline";

const SPEEDS = [0.75, 1, 1.25, 1.5, 2];
const STEP_MS = 10_000;

export interface Place {
  segment: number;
  ms: number;
}

interface Person {
  id: string;
  name: string;
  role: Role;
  pictures: RecordedTrack[];
  sounds: RecordedTrack[];
}

/** The people of a segment with their tracks, in the order of the file. */
export function peopleOf(tracks: RecordedTrack[], segment: number): Person[] {
  const people = new Map<string, Person>();
  for (const track of tracks) {
    if (track.segment !== segment) continue;
    const person = people.get(track.participant) ?? {
      id: track.participant,
      name: track.name,
      role: track.role,
      pictures: [],
      sounds: [],
    };
    (track.source === "microphone" ? person.sounds : person.pictures).push(track);
    people.set(track.participant, person);
  }
  return [...people.values()];
}

export interface PlayerProps {
  recording: Recording;
  address: (file: string) => Address;
  /** Compares what is played with what was sealed. */
  check: SealCheck;
  /** Where somebody asked to play from; each request is a new object. */
  place: Place | null;
  /** Told where it stands. */
  onPlace?: (place: Place) => void;
}

/** Every track of a segment, played together in time. */
export function Player({ recording, address, check, place, onPlace }: PlayerProps) {
  const segment = useSignal(recording.segments[0]?.segment ?? 1);
  const current = recording.segments.find((s) => s.segment === segment.value);
  const durationMs = current?.duration_ms ?? 0;
  const speed = useSignal(1);
  /** The segment to which playing went on by itself. */
  const wentOnTo = useSignal<number | null>(null);
  const engine = useMemo(() => {
    const made = new Engine(durationMs, address, recording.gaps, check);
    made.setSpeed(speed.value);
    return made;
  }, [segment.value, durationMs]);
  useEffect(() => () => engine.close(), [engine]);
  const box = useRef<HTMLElement>(null);
  const wanted = useRef<Place | null>(null);
  const asked = useSignal<Place | null>(null);
  const goTo = (to: Place) => {
    wentOnTo.value = null;
    segment.value = to.segment;
    wanted.current = to;
    asked.value = { ...to };
  };
  useEffect(() => {
    if (!place || !recording.segments.some((s) => s.segment === place.segment)) return;
    goTo(place);
    box.current?.scrollIntoView({ block: "start" });
  }, [place]);
  useEffect(() => {
    const want = wanted.current;
    if (!want || want.segment !== current?.segment) {
      const first = firstPictureMs(recording.tracks, recording.gaps, segment.value);
      if (first !== null) engine.show(first);
      return;
    }
    wanted.current = null;
    engine.seek(want.ms);
    engine.play();
  }, [engine, asked.value]);
  // What was recorded goes on in the next part, and so does the player.
  engine.onEnd = () => {
    const next = recording.segments[recording.segments.findIndex((s) => s.segment === segment.value) + 1];
    if (!next) return;
    wanted.current = { segment: next.segment, ms: 0 };
    wentOnTo.value = next.segment;
    segment.value = next.segment;
  };
  const captions = useSignal(true);
  const cues = useMemo(
    () => cuesOf(recording.log, segment.value, durationMs),
    [recording.log, segment.value, durationMs],
  );
  const silenced = useSignal<Record<string, boolean>>({});
  const at = engine.positionMs.value;
  useEffect(() => onPlace?.({ segment: segment.value, ms: at }), [segment.value, at]);
  if (!current) return <p class="govuk-body">{t("player-nothing")}</p>;
  const people = peopleOf(recording.tracks, segment.value);

  return (
    <section
      class="player"
      ref={box}
      aria-label={t("player-title")}
      data-testid="player"
      data-spread={engine.spreadMs.value}
    >
      {recording.segments.length > 1 ? (
        <div class="govuk-form-group">
          <label class="govuk-label" for="segment">
            {t("player-segment")}
          </label>
          <select
            id="segment"
            class="govuk-select"
            value={segment.value}
            onChange={(event) => {
              wentOnTo.value = null;
              segment.value = Number(event.currentTarget.value);
            }}
          >
            {recording.segments.map((s) => (
              <option key={s.segment} value={s.segment}>
                {t("player-segment-option", { number: s.segment, length: mediaTime(s.duration_ms) })}
              </option>
            ))}
          </select>
        </div>
      ) : null}
      {people.length === 0 ? <p class="govuk-body">{t("player-nothing")}</p> : null}
      <SealedStatement check={check} tracks={recording.tracks} onPlay={goTo} />
      <NotPlayed people={people} engine={engine} />
      <ul class="player__tiles" aria-label={t("player-tracks")}>
        {people.map((person) => (
          <li key={person.id} class="player__tile">
            {stagesOf(person.pictures).map((tracks) => (
              <Stage key={tracks[0]?.file} tracks={tracks} engine={engine} />
            ))}
            {person.pictures.length === 0 ? <div class="player__blank">{t("player-no-picture")}</div> : null}
            {person.sounds.map((track) => (
              <TrackSound
                key={track.file}
                track={track}
                engine={engine}
                silent={silenced.value[person.id] === true}
              />
            ))}
            <div class="tile__caption">
              <p class="tile__name">{person.name}</p>
              <p class="tile__role">{t(`role-${person.role}`)}</p>
            </div>
            {person.sounds.length > 0 ? (
              <label class="player__sound">
                <input
                  type="checkbox"
                  checked={silenced.value[person.id] !== true}
                  onChange={(event) => {
                    silenced.value = { ...silenced.value, [person.id]: !event.currentTarget.checked };
                  }}
                />
                <span>
                  {t("player-sound")}
                  <span class="govuk-visually-hidden"> {person.name}</span>
                </span>
              </label>
            ) : (
              <p class="player__sound">{t("player-no-sound")}</p>
            )}
            <SoundNote tracks={person.sounds} engine={engine} />
            {[...person.pictures, ...person.sounds].some((track) => check.differs(track.file, at)) ? (
              <p class="player__differs" data-testid="tile-differs">
                <Icon name="warning" />
                {t("sealed-tile")}
              </p>
            ) : null}
          </li>
        ))}
      </ul>
      {captions.value ? <Captions cues={cues} at={at} speed={speed.value} /> : null}
      <SealedReminder check={check} />
      <div class="player__transport">
        <button
          type="button"
          class="govuk-button player__play"
          data-testid="player-play"
          data-playing={engine.playing.value}
          onClick={() => (engine.playing.value ? engine.pause() : engine.play())}
        >
          <Icon name={engine.playing.value ? "pause" : "play"} />
          <span>{engine.playing.value ? t("player-pause") : t("player-play")}</span>
        </button>
        <button
          type="button"
          class="govuk-button govuk-button--secondary"
          onClick={() => engine.seek(Math.max(0, at - STEP_MS))}
        >
          {t("player-back")}
        </button>
        <button
          type="button"
          class="govuk-button govuk-button--secondary"
          onClick={() => engine.seek(at + STEP_MS)}
        >
          {t("player-forward")}
        </button>
        <label class="player__sound player__captions">
          <input
            type="checkbox"
            checked={captions.value}
            data-testid="captions-switch"
            onChange={(event) => {
              captions.value = event.currentTarget.checked;
            }}
          />
          <span>{t("captions-switch")}</span>
        </label>
        <label class="player__speed">
          <span>{t("player-speed")}</span>
          <select
            class="govuk-select"
            value={speed.value}
            onChange={(event) => {
              speed.value = Number(event.currentTarget.value);
              engine.setSpeed(speed.value);
            }}
          >
            {SPEEDS.map((rate) => (
              <option key={rate} value={rate}>
                {`${rate}×`}
              </option>
            ))}
          </select>
        </label>
      </div>
      <Timeline
        recording={recording}
        segment={segment.value}
        durationMs={durationMs}
        cues={cues}
        engine={engine}
      />
      <p class="player__state" role="status">
        {engine.waiting.value
          ? t("player-loading")
          : wentOnTo.value === segment.value
            ? t("player-went-on", { number: segment.value })
            : ""}
      </p>
    </section>
  );
}

/** Files of one camera belong to one picture: whoever came back after a loss has several, one after the other. */
export function stagesOf(pictures: RecordedTrack[]): RecordedTrack[][] {
  return (["screen", "camera"] as const)
    .map((source) => pictures.filter((track) => track.source === source))
    .filter((tracks) => tracks.length > 0);
}

export function shownNow(tracks: RecordedTrack[], engine: Engine): Shown {
  return shownOf(tracks.map((track) => engine.standings.value[track.file]));
}

export function Stage({ tracks, engine }: { tracks: RecordedTrack[]; engine: Engine }) {
  const shown = shownNow(tracks, engine);
  const file = tracks[Math.max(0, shown.file)]?.file ?? "";
  return (
    <div class="player__stage" data-testid="stage" data-standing={engine.standings.value[file]}>
      {tracks.map((track, i) => (
        <TrackPicture
          key={track.file}
          track={track}
          engine={engine}
          hidden={shown.says !== null || (shown.file >= 0 && i !== shown.file)}
        />
      ))}
      {shown.says === null ? null : (
        <p class="player__over" data-says={shown.says}>
          {t(`player-picture-${shown.says}`)}
        </p>
      )}
    </div>
  );
}

/** What becomes of a person's sound when it is not to be had; a moment without sound says nothing. */
export function SoundNote({ tracks, engine }: { tracks: RecordedTrack[]; engine: Engine }) {
  const { says } = shownNow(tracks, engine);
  if (says !== "failed" && says !== "unplayable") return null;
  return (
    <p class="player__note" data-testid="sound-note" data-says={says}>
      {t(`player-sound-${says}`)}
    </p>
  );
}

/** Above the player: what of this moment is recorded and yet not played, and another attempt at it. */
function NotPlayed({ people, engine }: { people: Person[]; engine: Engine }) {
  const missing = people
    .flatMap((p) => [...stagesOf(p.pictures), p.sounds])
    .map((tracks) => ({ track: tracks[0], says: shownNow(tracks, engine).says }))
    .filter(({ says }) => says === "failed" || says === "unplayable");
  return (
    <div class="player__missing" role="status" data-testid="not-played">
      {missing.length === 0 ? null : (
        <>
          <p>{t("player-missing")}</p>
          <ul>
            {missing.map(({ track }) =>
              track ? (
                <li key={track.file}>{t("gaps-track", { name: track.name, source: track.source })}</li>
              ) : null,
            )}
          </ul>
          {missing.some(({ says }) => says === "failed") ? (
            <button
              type="button"
              class="govuk-button govuk-button--secondary"
              data-testid="player-again"
              onClick={() => engine.again()}
            >
              {t("try-again")}
            </button>
          ) : null}
        </>
      )}
    </div>
  );
}

function TrackPicture({ track, engine, hidden }: { track: RecordedTrack; engine: Engine; hidden: boolean }) {
  const video = useRef<HTMLVideoElement>(null);
  useEffect(() => {
    if (video.current) engine.attach(track, video.current);
    return () => engine.detach(track.file);
  }, [engine, track.file]);
  const label = t(track.source === "screen" ? "picture-screen" : "picture-of", { name: track.name });
  return (
    <video
      ref={video}
      class={hidden ? "picture picture--behind" : "picture"}
      muted
      playsInline
      aria-label={label}
      aria-hidden={hidden}
      data-standing={engine.standings.value[track.file]}
    />
  );
}

export function TrackSound({
  track,
  engine,
  silent,
}: {
  track: RecordedTrack;
  engine: Engine;
  silent: boolean;
}) {
  const audio = useRef<HTMLAudioElement>(null);
  useEffect(() => {
    if (audio.current) engine.attach(track, audio.current);
    return () => engine.detach(track.file);
  }, [engine, track.file]);
  return <audio ref={audio} muted={silent} data-standing={engine.standings.value[track.file]} />;
}
