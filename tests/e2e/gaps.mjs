// Every gap that the ledger declares must be one that this test provoked, or that the sender's own browser confirms: how fast
// a computer encodes pictures and sound is nobody's fault here.
// All times are milliseconds of the wall clock: browsers, server and test run on one computer.

/** A track may begin so much later than its person came in: the order reaches the server, a key frame comes back. */
const BEGINNING_MS = 1_500;
/** How far the edges of a gap may be from what provoked it. */
const EDGE_MS = 500;
/** A camera of which nothing came for a second counts as not there; the browser's own count of it is a little short. */
const STANDS_MS = 800;
/** A third of the time between two pictures: so soon after the beginning a camera's first packet may be the first that counts. */
const FIRST_MS = 10;
/** What is on its way when the record ends. */
const UNDER_WAY_MS = 500;

/** How long, in all, the person's browser sent nothing of this kind between two moments. */
export function paused(pauses, source, from, to) {
  const kind = source === "microphone" ? "audio" : "video";
  const within = (pause) => Math.max(0, Math.min(pause.to, to) - Math.max(pause.from, from));
  return pauses.filter((pause) => pause.kind === kind).reduce((sum, pause) => sum + within(pause), 0);
}

/**
 * Why this gap should not be there; null if there is a reason for it.
 * segment: { began, ended }. part: { entered, reload: { from, to }, pauses } of whose file it is; the first two only if
 * they came in or reloaded the page on this segment. underWay: what may be missing at the end.
 */
export function objection(gap, segment, part, underWay = UNDER_WAY_MS) {
  const [from, to] = [segment.began + Number(gap.from_ms), segment.began + Number(gap.to_ms)];
  const near = paused(part.pauses, gap.source, from - EDGE_MS, to + EDGE_MS);
  const { entered, reload } = part;
  const leaves = reload !== undefined && from >= reload.from - EDGE_MS && from <= reload.to;
  const said = `${gap.file}: ${gap.cause} from ${gap.from_ms} to ${gap.to_ms} ms`;
  switch (gap.cause) {
    case "not_started":
    case "late_key_frame": {
      // Before a reload they were there as well.
      const back = reload !== undefined && to >= reload.from - EDGE_MS ? reload.to : 0;
      const came = Math.max(entered ?? 0, back);
      const began = Math.max(segment.began, came);
      const isLate = gap.cause === "late_key_frame";
      // A camera that others saw before was there, and waited for a key frame; nothing waits before it is there, and
      // sound waits for none.
      const stood = paused(part.pauses, gap.source, from - STANDS_MS - EDGE_MS, to) >= STANDS_MS;
      if (!isLate && gap.source !== "microphone" && came <= segment.began && !stood && to - from > FIRST_MS) return `${said}, and their camera was seen before`;
      if (isLate && (gap.source === "microphone" || from < came - BEGINNING_MS)) return `${said}, and nothing came`;
      return to <= began + BEGINNING_MS + near ? null : `${said}, and they were there ${Math.round(to - began)} ms before its end`;
    }
    case "ended":
      if (leaves) return null;
      return to >= segment.ended - 200 && to - from <= underWay + near ? null : `${said}, and nobody left`;
    case "stalled":
      // While a page goes away its media stops before the server knows.
      if (leaves && to <= reload.to + EDGE_MS) return null;
      return near + 200 >= to - from ? null : `${said}, and their browser paused for ${near} ms only`;
    case "lost": {
      // Sound that a stalled browser sends late finds its place filled.
      const all = paused(part.pauses, gap.source, segment.began, segment.ended);
      return all >= to - from || leaves ? null : `${said}, on one computer, and their browser paused for ${all} ms only`;
    }
    default:
      return `${said}: nothing in this hearing provoked it`;
  }
}

/** Before the end, how far back it is looked how much a browser is behind itself. */
const BEHIND_WITHIN_MS = 2_000;

/** By how much the browser was behind itself at the end of the segment: pictures that it had taken were still to be sent. */
export function behind(segment, sent) {
  const last = sent.filter(({ at, late }) => at >= segment.ended - BEHIND_WITHIN_MS && at <= segment.ended && late > 0);
  return Math.max(0, ...last.map(({ late }) => late));
}

/** How much earlier than its segment a file may end (`end` seconds from its beginning), in seconds. */
export function excused(end, source, segment, part, sent) {
  const pause = paused(part.pauses, source, segment.began + end * 1000 - EDGE_MS, segment.ended);
  return (pause + behind(segment, sent)) / 1000;
}

/** A packet of sound holds so much of it. */
const PACKET_MS = 20;
/** Pictures that may be sent in a gap all the same: one at each edge. */
const AT_THE_EDGES = 2;
/** The recorder waits before it fills a hole, so a hole of little more than a packet counts for more. */
const FILLED_WITH = 1.2;

/**
 * Why gaps of what a browser sent badly should not be there, by its own counts: an array of sentences. On a busy computer
 * the largest of three layers stands still while the sum of all goes on, and sound falls behind real time little by
 * little, with no pause. sent: { at, packets, frames }, by rising time.
 */
export function uncounted(gaps, segment, sent) {
  const objections = [];
  const within = (from, to) => sent.filter(({ at }) => at >= from && at <= to);
  // After a reload the counts begin anew.
  const grown = (samples, count) => samples.slice(1).reduce((sum, now, i) => sum + Math.max(0, now[count] - samples[i][count]), 0);
  for (const gap of gaps.filter((g) => g.source === "camera")) {
    const samples = within(segment.began + Number(gap.from_ms), segment.began + Number(gap.to_ms));
    const frames = grown(samples, "frames");
    if (frames > AT_THE_EDGES) objections.push(`${gap.file}: from ${gap.from_ms} to ${gap.to_ms} ms, and ${frames} pictures were sent`);
  }
  const sound = gaps.filter((g) => g.source === "microphone");
  const silent = sound.reduce((sum, g) => sum + Number(g.to_ms) - Number(g.from_ms), 0);
  const samples = within(segment.began, segment.ended).filter(({ packets }) => packets > 0);
  const lasted = samples.length > 1 ? samples.at(-1).at - samples[0].at : 0;
  const missing = lasted - grown(samples, "packets") * PACKET_MS;
  if (silent > missing * FILLED_WITH + EDGE_MS) objections.push(`${silent} ms of sound are missing, and ${missing} ms were not sent`);
  return objections;
}

/** Causes of gaps that a busy sender makes without anybody's doing. */
const BADLY_SENT = ["stalled", "lost"];

/**
 * Objections to the gaps of one person in one segment. What was badly sent is judged by the pauses of their browser, and if
 * these do not explain it by its counts; everything else by what happened.
 */
export function objections(gaps, segment, part, sent, underWay = UNDER_WAY_MS) {
  const isBadlySent = (gap) => BADLY_SENT.includes(gap.cause);
  const isSound = (gap) => gap.source === "microphone";
  const late = underWay + behind(segment, sent);
  const whys = new Map(gaps.map((gap) => [gap, objection(gap, segment, part, late)]));
  const unexplained = gaps.filter((gap) => whys.get(gap) !== null);
  const badlySent = unexplained.filter(isBadlySent);
  // Of sound only the sum is known: if one gap is not explained, all are counted.
  const counted = badlySent.some(isSound) ? [...badlySent.filter((g) => !isSound(g)), ...gaps.filter((g) => isBadlySent(g) && isSound(g))] : badlySent;
  return [...unexplained.filter((g) => !isBadlySent(g)).map((g) => whys.get(g)), ...uncounted(counted, segment, sent)];
}
