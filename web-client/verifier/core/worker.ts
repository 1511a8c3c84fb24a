import { keysOf } from "./log";
import type { Report } from "./report";
import { type Entry, SourceError } from "./source";
import { fromTar } from "./tar";
import { verify } from "./verify";
import { certificatesOf } from "./x509";

/** What is to be verified: a folder's entries or a tar file, and whom the person trusts. */
export interface Task {
  bundle: { entries: Entry[]; complete: boolean } | { tar: Blob };
  /** PEM files; null where none was chosen. */
  root: Uint8Array | null;
  timeRoot: Uint8Array | null;
  /** A file of keys of logs and cosigners; null where none was chosen. */
  logKeys: Uint8Array | null;
  /** The form in which a court stores a recording is meant. */
  stored: boolean;
  /** This computer's clock, milliseconds since 1970. */
  now: number;
}

export type Answer =
  | { kind: "progress"; done: number; total: number }
  | { kind: "report"; report: Report }
  | { kind: "trouble"; code: SourceError["code"] | "other"; why: string };

const PROGRESS_EVERY_MS = 100;

async function work(
  { bundle, root, timeRoot, logKeys, stored, now }: Task,
  answer: (answer: Answer) => void,
): Promise<void> {
  const source = "tar" in bundle ? await fromTar(bundle.tar) : bundle;
  const trust = {
    roots: root ? certificatesOf(root) : [],
    timeRoots: timeRoot ? certificatesOf(timeRoot) : [],
    logKeys: logKeys ? await keysOf(logKeys) : [],
    stored,
  };
  let told = Number.NEGATIVE_INFINITY;
  const report = await verify(source, trust, now, (done, total) => {
    if (performance.now() - told < PROGRESS_EVERY_MS) return;
    told = performance.now();
    answer({ kind: "progress", done, total });
  });
  answer({ kind: "report", report });
}

self.addEventListener("message", ({ data }: MessageEvent<Task>) => {
  const answer = (answer: Answer) => self.postMessage(answer);
  work(data, answer).catch((error: unknown) => {
    const why = error instanceof Error ? error.message : String(error);
    answer({ kind: "trouble", code: error instanceof SourceError ? error.code : "other", why });
  });
});
