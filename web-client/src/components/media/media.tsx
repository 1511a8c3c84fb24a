import { useEffect, useMemo, useRef } from "preact/hooks";
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
      shown.set(seat, { width: element.clientWidth * scale, height: element.clientHeight * scale });
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

function SeatSound({ stream, live, silent }: { stream: MediaStream; live: Live; silent: boolean }) {
  const audio = useRef<HTMLAudioElement>(null);
  const blocked = live.soundBlocked.value;
  useEffect(() => {
    const element = audio.current;
    if (!element || blocked) return;
    if (element.srcObject !== stream) element.srcObject = stream;
    element.volume = silent ? MEASURED_VOLUME : 1;
    element.play().catch((error: unknown) => {
      if (error instanceof DOMException && error.name === "NotAllowedError") live.soundBlocked.value = true;
    });
  }, [stream, blocked, silent]);
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
