import { useEffect, useMemo, useRef } from "preact/hooks";
import type { Live } from "../../core/live";

/** A live picture. Its sound, if any, is played elsewhere: a silent picture may always start by itself. */
export function Picture(props: { stream: MediaStream | null; mirrored?: boolean; label: string }) {
  const video = useRef<HTMLVideoElement>(null);
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

function SeatSound({ stream, live, silent }: { stream: MediaStream; live: Live; silent: boolean }) {
  const audio = useRef<HTMLAudioElement>(null);
  const blocked = live.soundBlocked.value;
  useEffect(() => {
    const element = audio.current;
    if (!element || blocked) return;
    if (element.srcObject !== stream) element.srcObject = stream;
    element.muted = silent;
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
