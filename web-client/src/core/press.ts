/** A press that close to the last one, in time and place, is its echo: a hand that presses twice means one act. */
const ECHO_MS = 600;
const ECHO_PX = 48;

interface Press {
  x: number;
  y: number;
  at: number;
}

/** Tells the second press of a double press, whatever stands under the pointer by then. */
export class Presses {
  private last: Press | null = null;

  /** True when the press is to be passed over. Keys have no place: `Turns` sees to them. */
  isEcho(press: Press): boolean {
    const { last } = this;
    this.last = press;
    return (
      last !== null &&
      press.at - last.at < ECHO_MS &&
      Math.hypot(press.x - last.x, press.y - last.y) < ECHO_PX
    );
  }
}

/** A control that an act has just brought about, or turned into its opposite, takes no press that long. */
export const TURN_MS = 1_000;

/**
 * Tells a press on what the last press brought about. By pointer, key or a reader's own command, it was begun before
 * anybody could have read what the control says now. Times in milliseconds, all of one clock.
 */
export class Turns {
  private pending = 0;
  private since = Number.POSITIVE_INFINITY;
  private until = Number.NEGATIVE_INFINITY;

  /** An act was pressed. */
  begin(at: number): void {
    if (this.pending === 0) this.since = at;
    this.pending++;
    this.until = Number.POSITIVE_INFINITY;
  }

  /** It is done, or has failed. What it changes may still take a moment to arrive. */
  end(at: number): void {
    this.pending--;
    if (this.pending === 0) this.until = at + TURN_MS;
  }

  /** True when what is there since `born` came of an act of this page. */
  made(born: number): boolean {
    return born >= this.since && born <= this.until;
  }

  /** True when the press of a control that says what it says since `born` is to be passed over. */
  isTooSoon(born: number, at: number): boolean {
    return this.made(born) && at - born < TURN_MS;
  }
}

const presses = new Presses();
export const turns = new Turns();
let settled: ReturnType<typeof setTimeout> | undefined;
let settles = Number.NEGATIVE_INFINITY;

/** While a press could be passed over, the page says so to whoever tests it. */
function settling(ms: number): void {
  const now = performance.now();
  if (now + ms < settles) return;
  settles = now + ms;
  const page = document.documentElement.dataset;
  page.pressed = "yes";
  clearTimeout(settled);
  settled = setTimeout(() => delete page.pressed, ms);
}

/** For the press of a button that does an act of the court. */
export function isEcho(event: MouseEvent): boolean {
  if (event.detail === 0) return false;
  settling(ECHO_MS);
  return presses.isEcho({ x: event.clientX, y: event.clientY, at: event.timeStamp });
}

/** To be called when a control has come, or says something else than before. */
export function turned(born: number): void {
  if (turns.made(born)) settling(TURN_MS);
}

/** A key that is held repeats itself: only its first stroke presses anything. Text is written as ever. */
export function ignoreHeldKeys(page: Document): void {
  page.addEventListener(
    "keydown",
    (event) => {
      if (!event.repeat || (event.key !== "Enter" && event.key !== " ")) return;
      const at = event.target;
      if (at instanceof HTMLTextAreaElement) return;
      if (event.key === " " && at instanceof HTMLInputElement) return;
      event.preventDefault();
    },
    true,
  );
}
