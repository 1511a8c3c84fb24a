import { byRank } from "../../core/hearing";
import type { HearingView, ParticipantView, Role } from "../../core/wire";
import { SEQUESTERED } from "../../core/word";

const NEVER: readonly Role[] = [
  "judge",
  "panel_member",
  "clerk",
  "observer",
  "press",
  "support_officer",
  ...SEQUESTERED,
];
const PROSECUTION: readonly Role[] = ["prosecutor", "victim"];
const DEFENCE: readonly Role[] = ["defence_counsel", "accused"];

/** The parties, and those who help them to understand. */
export function mayConsult(p: ParticipantView): boolean {
  return !NEVER.includes(p.role);
}

function opposed(a: Role, b: Role): boolean {
  return (PROSECUTION.includes(a) && DEFENCE.includes(b)) || (DEFENCE.includes(a) && PROSECUTION.includes(b));
}

/** The consultations that a person may join: not their own, and none of the other side. The server refuses those anyhow. */
export function consultations(
  view: HearingView,
  person: ParticipantView,
): { number: number; people: ParticipantView[] }[] {
  const rooms = new Map<number, ParticipantView[]>();
  for (const p of [...view.participants].sort(byRank)) {
    if (p.consultation !== null) rooms.set(p.consultation, [...(rooms.get(p.consultation) ?? []), p]);
  }
  return [...rooms]
    .filter(([number]) => number !== person.consultation)
    .filter(([, people]) => !people.some((p) => opposed(p.role, person.role)))
    .sort(([a], [b]) => a - b)
    .map(([number, people]) => ({ number, people }));
}
