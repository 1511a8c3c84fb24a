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
  if (before.recording !== after.recording) say(`recording-${after.recording}`);
  if (before.state !== after.state) say(`news-state-${after.state.replaceAll("_", "-")}`);
  if (before.in_camera !== after.in_camera) say(after.in_camera ? "news-in-camera" : "news-in-public");
  const me = after.participants.find((p) => p.id === self);
  for (const p of after.participants) {
    const was = before.participants.find((q) => q.id === p.id);
    if (p.id === self) {
      // What the court did with oneself otherwise is a word of its own.
      if (was && !was.muted && p.muted) say("news-you-muted");
      continue;
    }
    const together = me?.room != null && me.room === p.room;
    if (p.room !== (was?.room ?? null)) {
      if (together) say("news-came-in", { name: p.name });
      else if (bench && p.room === "waiting_room") say("news-waits", { name: p.name });
      else if (was && was.room === me?.room && me?.room != null) say("news-went-out", { name: p.name });
    } else if (was && together && was.connected !== p.connected) {
      say(p.connected ? "news-back" : "news-lost", { name: p.name });
    }
    if (bench && p.hand_raised && was && !was.hand_raised) say("news-hand", { name: p.name });
  }
  for (const was of before.participants) {
    const gone = !after.participants.some((p) => p.id === was.id);
    if (gone && was.id !== self && was.room !== null && was.room === me?.room)
      say("news-went-out", { name: was.name });
  }
  return news;
}
