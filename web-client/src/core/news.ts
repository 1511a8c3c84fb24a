import { byRank, isApart } from "./hearing";
import { warnings } from "./warnings";
import type { HearingView, ParticipantId } from "./wire";

/** Something that a person who listens to the page must be told: a sentence's key and what goes into it. */
export interface News {
  id: string;
  args: Record<string, string>;
}

/**
 * What changed between two views, in the order of weight. Who speaks is left out on purpose: it changes too often
 * to be read aloud, and a listener hears it.
 */
export function newsBetween(
  before: HearingView | null,
  after: HearingView,
  self: ParticipantId | null,
  bench: boolean,
): News[] {
  const news: News[] = [];
  if (!before) return news;
  const say = (id: string, args: Record<string, string> = {}) => news.push({ id, args });
  const me = after.participants.find((p) => p.id === self);
  const meBefore = before.participants.find((p) => p.id === self);
  const moved = me?.room !== meBefore?.room || me?.consultation !== meBefore?.consultation;
  const status = after.recording.replaceAll("_", "-");
  const heard = isApart(me) ? "not-here" : status;
  const heardBefore = isApart(meBefore) ? "not-here" : before.recording.replaceAll("_", "-");
  // Whoever waits is recorded nowhere; whoever steers the record from elsewhere is told of which room it is said.
  if (me?.room === "hearing_room" || isApart(me)) {
    if (moved || heard !== heardBefore) say(`recording-${heard}`);
  }
  if (bench && me?.room !== "hearing_room" && before.recording !== after.recording)
    say(`bench-record-${status}`);
  if (before.state !== after.state) say(`news-state-${after.state.replaceAll("_", "-")}`);
  if (before.in_camera !== after.in_camera) say(after.in_camera ? "news-in-camera" : "news-in-public");
  const others = after.participants.filter((p) => p.id !== self);
  if (moved && me && me.room !== null && me.room !== "waiting_room") {
    // They did not come in now: whoever listens came upon them.
    const names = others.filter((p) => p.room === me.room).sort(byRank);
    if (names.length > 0) say("news-in-room", { names: names.map((p) => p.name).join(", ") });
    else say("news-in-room-alone");
  }
  // What the court did with oneself otherwise is a word of its own.
  if (meBefore && !meBefore.muted && me?.muted) say("news-you-muted");
  for (const p of others) {
    const was = before.participants.find((q) => q.id === p.id);
    const together = me?.room != null && me.room === p.room;
    if (p.room !== (was?.room ?? null)) {
      if (bench && p.room === "waiting_room") say("news-waits", { name: p.name });
      else if (moved) continue;
      else if (together) say("news-came-in", { name: p.name });
      else if (was && was.room === me?.room && me?.room != null) say("news-went-out", { name: p.name });
    } else if (was && together && !moved && was.connected !== p.connected) {
      say(p.connected ? "news-back" : "news-lost", { name: p.name });
    }
    if (bench && p.hand_raised && was && !was.hand_raised) say("news-hand", { name: p.name });
  }
  const known = new Set(warnings(before).map((w) => `${w.kind} ${w.participant} ${w.at}`));
  for (const w of warnings(after))
    if (!known.has(`${w.kind} ${w.participant} ${w.at}`)) say(`news-${w.kind}`, { name: w.name });
  if (moved) return news;
  for (const was of before.participants) {
    const gone = !after.participants.some((p) => p.id === was.id);
    if (gone && was.id !== self && was.room !== null && was.room === me?.room)
      say("news-went-out", { name: was.name });
  }
  return news;
}
