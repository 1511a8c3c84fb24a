/** Which way media takes to the court's server, as the browser's own statistics tell it. */

export type Path = "direct" | "tcp" | "relay";

/** What is read of a statistic; browsers have more, and not all of these. */
interface Stat {
  id: string;
  type: string;
  selectedCandidatePairId?: string;
  localCandidateId?: string;
  candidateType?: string;
  protocol?: string;
  /** Firefox has no transport statistic and marks the pair instead. */
  selected?: boolean;
}

/** The way of one connection; null while it has none or the browser does not say. */
export function pathOf(report: Iterable<Stat>): Path | null {
  const stats = new Map<string, Stat>();
  for (const stat of report) stats.set(stat.id, stat);
  const all = [...stats.values()];
  const chosen = all.find(
    (s) => s.type === "transport" && s.selectedCandidatePairId,
  )?.selectedCandidatePairId;
  const pair = chosen
    ? stats.get(chosen)
    : all.find((s) => s.type === "candidate-pair" && s.selected === true);
  const local = pair?.localCandidateId ? stats.get(pair.localCandidateId) : undefined;
  if (local?.candidateType === "relay") return "relay";
  if (local?.protocol === "tcp") return "tcp";
  return local?.protocol === "udp" ? "direct" : null;
}

const LONGER: readonly Path[] = ["direct", "tcp", "relay"];

/** The longest of the ways of several connections; null as long as one of them has none. */
export function longest(paths: ReadonlyArray<Path | null>): Path | null {
  let at = -1;
  for (const path of paths) {
    if (path === null) return null;
    at = Math.max(at, LONGER.indexOf(path));
  }
  return LONGER[at] ?? null;
}
