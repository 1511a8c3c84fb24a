import { useEffect, useMemo, useRef } from "preact/hooks";
import { WIDE } from "../../core/grid";
import type { Live } from "../../core/live";
import type { ShownPictures } from "../../core/shown";

/** A live picture. Its sound, if any, is played elsewhere: a silent picture may always start by itself. */
export function Picture(props: {
  stream: MediaStream | null;
  mirrored?: boolean;
  label: string;
  /** The seat it shows, and who is to know how large. */
  seat?: number;
  shown?: ShownPictures;
}) {
  const video = useRef<HTMLVideoElement>(null);
  const { seat, shown } = props;
  useEffect(() => {
    const element = video.current;
    if (!element || !shown || seat === undefined) return;
    let scrolledAway = false;
    const look = () => {
      const scale = scrolledAway ? 0 : devicePixelRatio;
      const { clientWidth: width, clientHeight: height } = element;
      // A picture that is cut to its place is larger than the place.
      const cut = getComputedStyle(element).objectFit === "cover";
      shown.set(seat, {
        width: scale * (cut ? Math.max(width, height * WIDE) : width),
        height: scale * (cut ? Math.max(height, width / WIDE) : height),
      });
    };
    const size = new ResizeObserver(look);
    const sight = new IntersectionObserver((entries) => {
      scrolledAway = entries.at(-1)?.isIntersecting === false;
      look();
    });
    size.observe(element);
    sight.observe(element);
    return () => {
      size.disconnect();
      sight.disconnect();
      shown.set(seat, null);
    };
  }, [seat, shown]);
  useEffect(() => {
    const element = video.current;
    if (!element || element.srcObject === props.stream) return;
    element.srcObject = props.stream;
    if (props.stream) element.play().catch(() => undefined);
  }, [props.stream]);
  return (
    <video
      ref={video}
      class={props.mirrored ? "picture picture--mirrored" : "picture"}
      autoPlay
      playsInline
      muted
      aria-label={props.label}
      disablePictureInPicture
    />
  );
}

/** One's own track as a picture. */
export function OwnPicture({ track, label }: { track: MediaStreamTrack | null; label: string }) {
  const stream = useMemo(() => (track ? new MediaStream([track]) : null), [track]);
  return <Picture stream={stream} mirrored label={label} />;
}

/**
 * So low that nobody hears it. Browsers count the level of received sound after its volume, and a silenced element's
 * as nothing: whoever measures must play, and divides by this.
 */
export const MEASURED_VOLUME = 0.02;

/** Elements that play somebody, so that a press can start them all within the press itself, as browsers ask. */
const playing = new Set<HTMLAudioElement>();

/** To be called when a person presses to hear. */
export function hearNow(live: Live): void {
  live.soundBlocked.value = false;
  for (const element of playing) play(element, live);
}

function play(element: HTMLAudioElement, live: Live): void {
  element.play().catch((error: unknown) => {
    if (error instanceof DOMException && error.name === "NotAllowedError") live.soundBlocked.value = true;
  });
}

/** Browsers that let the page choose a loudspeaker. */
export const CHOOSES_SPEAKER =
  typeof HTMLMediaElement !== "undefined" && "setSinkId" in HTMLMediaElement.prototype;

function SeatSound({ stream, live, silent }: { stream: MediaStream; live: Live; silent: boolean }) {
  const audio = useRef<HTMLAudioElement>(null);
  const { volume, speaker } = live.output.value;
  useEffect(() => {
    const element = audio.current;
    if (!element) return;
    playing.add(element);
    return () => {
      playing.delete(element);
      element.srcObject = null;
    };
  }, []);
  useEffect(() => {
    const element = audio.current;
    if (!element) return;
    element.srcObject = stream;
    play(element, live);
  }, [stream]);
  useEffect(() => {
    if (audio.current) audio.current.volume = silent ? MEASURED_VOLUME : volume;
  }, [silent, volume]);
  useEffect(() => {
    // A loudspeaker that was pulled out: the system's own takes over by itself.
    if (CHOOSES_SPEAKER) audio.current?.setSinkId(speaker).catch(() => undefined);
  }, [speaker]);
  // biome-ignore lint/a11y/useMediaCaption: live speech; captions are made by nobody here
  return <audio ref={audio} autoPlay />;
}

/** The sound of every seat. In the equipment check the own voice comes back and is measured, not played. */
export function Sound({ live, silent = false }: { live: Live; silent?: boolean }) {
  return (
    <div hidden>
      {Object.entries(live.subscriber.media.value).map(([seat, media]) =>
        media.audio ? <SeatSound key={seat} stream={media.audio} live={live} silent={silent} /> : null,
      )}
    </div>
  );
}
