/** What the court log says of a recording that was played. */
export interface Stretch {
  recording: string;
  /** Milliseconds in a part of the recording. */
  from: { part: number; ms: number } | null;
  to: { part: number; ms: number } | null;
  shownTo: string | null;
  notConfirmed: string | null;
}

const FORM =
  /^recording=(\S+) manifest_sha256=\S+(?: from=(\d+)\/(\d+))?(?: to=(\d+)\/(\d+))?(?: shown_to=(.*?))?(?: not_confirmed=(.*))?$/;

/** Reads such a text; null for any other. */
export function stretchOf(text: string | null): Stretch | null {
  const found = FORM.exec(text ?? "");
  if (!found) return null;
  const [, recording = "", fromPart, fromMs, toPart, toMs, shownTo, notConfirmed] = found;
  const place = (part: string | undefined, ms: string | undefined) =>
    part === undefined || ms === undefined ? null : { part: Number(part), ms: Number(ms) };
  return {
    recording,
    from: place(fromPart, fromMs),
    to: place(toPart, toMs),
    shownTo: shownTo ?? null,
    notConfirmed: notConfirmed ?? null,
  };
}
