import type { Hearing, Invitation, IssuedInvitation, ParticipantId } from "./wire";

/** How long after its hearing a link may open; the second is what is offered first: hearings are put off by days. */
export const DAYS_AFTER = [1, 7, 30] as const;
export const DAYS_AFTER_FIRST = 7;
const DAY_MS = 86_400_000;

/** When a link ends, in unix milliseconds: counted from the hearing, so that none dies before the day it is for. */
export function expiry(listedFor: number, daysAfter: number, now: number): number {
  return Math.max(now, listedFor) + daysAfter * DAY_MS;
}

/** The same as the server wants it. */
export function validSeconds(listedFor: number, daysAfter: number, now: number): number {
  return Math.ceil((expiry(listedFor, daysAfter, now) - now) / 1_000);
}

/** Nobody enters any more, so there is nobody to invite. */
export function isOver(hearing: Pick<Hearing, "state">): boolean {
  return hearing.state === "closed" || hearing.state === "adjourned";
}

export interface Links {
  /** Those that open now, newest first. */
  open: IssuedInvitation[];
  /** Those that open nothing any more, newest first. */
  over: IssuedInvitation[];
}

/** The links of one person. */
export function linksOf(all: readonly IssuedInvitation[], participant: ParticipantId): Links {
  const own = all.filter((i) => i.participant === participant).sort((a, b) => b.created_at - a.created_at);
  const opens = (i: IssuedInvitation) => i.state === "unused" || i.state === "used";
  return { open: own.filter(opens), over: own.filter((i) => !opens(i)) };
}

/** Whether a link that was just made may still be shown: once it was taken back it would only mislead. */
export function stillOpens(made: Invitation, all: readonly IssuedInvitation[]): boolean {
  return all.every((i) => i.id !== made.id || i.state === "unused" || i.state === "used");
}
