import type { HearingView, ParticipantId, Role } from "./wire";

/** What the court did with oneself, as one must be told at once. */
export type WordId =
  | "called"
  | "admitted"
  | "returned"
  | "sent-to-waiting"
  | "sworn"
  | "affirmed"
  | "unmuted";

export interface Word {
  id: WordId;
  /** When it was learnt, in this browser's time. */
  at: number;
}

/** How long a word stays in sight: long enough to be read twice by somebody who is nervous. */
export const WORD_MS = 15_000;

/** Those who wait outside until they are called. */
export const SEQUESTERED: readonly Role[] = ["witness", "expert"];

/** What is said to somebody whose page opens in mid-hearing: they are in the room at once. */
export function wordAtFirst(view: HearingView, self: ParticipantId | null): WordId | null {
  return view.participants.find((p) => p.id === self)?.room === "hearing_room" ? "returned" : null;
}

/** The weightiest thing that happened to a person between two views; null when there is nothing to say. */
export function wordBetween(
  before: HearingView | null,
  after: HearingView,
  self: ParticipantId | null,
): WordId | null {
  const was = before?.participants.find((p) => p.id === self);
  const is = after.participants.find((p) => p.id === self);
  if (!was || !is) return null;
  if (was.room !== is.room) {
    if (is.room === "hearing_room" && was.room === "waiting_room")
      return SEQUESTERED.includes(is.role) ? "called" : "admitted";
    if (is.room === "hearing_room" && (was.room === "consultation_room" || was.room === "retiring_room"))
      return "returned";
    if (is.room === "waiting_room" && was.room === "hearing_room") return "sent-to-waiting";
  }
  if (was.testimony !== is.testimony && (is.testimony === "sworn" || is.testimony === "affirmed"))
    return is.testimony;
  if (was.muted && !is.muted) return "unmuted";
  return null;
}
