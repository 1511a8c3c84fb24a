import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { longest, type Path } from "../../core/path";
import type { MediaPeer } from "../../core/peer";
import { t } from "../../core/text";

const LOOK_EVERY_MS = 1_000;

/** Which way sound and picture take to the server, once all of these connections have one. */
export function PathNote({ peers }: { peers: readonly MediaPeer[] }) {
  const path = useSignal<Path | null>(null);
  const connected = peers.every((peer) => peer.state.value === "connected");
  useEffect(() => {
    if (!connected) {
      path.value = null;
      return;
    }
    let ended = false;
    const look = async () => {
      const found = longest(await Promise.all(peers.map((peer) => peer.path())));
      if (!ended) path.value = found;
    };
    void look();
    const timer = setInterval(() => void look(), LOOK_EVERY_MS);
    return () => {
      ended = true;
      clearInterval(timer);
    };
  }, [connected]);
  if (!path.value) return null;
  return (
    <p class="govuk-hint check__path" data-testid="check-path" data-path={path.value}>
      {t(`check-path-${path.value}`)}
    </p>
  );
}
