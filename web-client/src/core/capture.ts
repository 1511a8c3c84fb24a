import type { CaptureView, HearingView, ParticipantView, StepView } from "./wire";

/** A step's own name: the examination is one for each counsel. */
export const keyOf = (step: StepView): string => `${step.step} ${step.counsel ?? ""}`;

/** The step that is next: the first that is neither taken nor left out. */
export function firstOpen(capture: CaptureView): StepView | null {
  return capture.steps.find((s) => s.state === "open") ?? null;
}

/** Who is to testify, before it was said: whoever is the only one on the list. */
export function witnessOf(view: HearingView): ParticipantView | null {
  const all = view.participants.filter((p) => p.role === "witness" || p.role === "expert");
  return all.length === 1 ? (all[0] ?? null) : (all.find((p) => p.testimony !== null) ?? null);
}

/** Whether the witness is in the room and gives evidence. */
export function isOf(view: HearingView, witness: string): boolean {
  const p = view.participants.find((x) => x.id === witness);
  return p?.state === "in_hearing" && p.testimony !== null && p.testimony !== "released";
}
