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

  /** True when the press is to be passed over. Keys have no place: what they pressed is gone with its focus. */
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

const presses = new Presses();
let settled: ReturnType<typeof setTimeout> | undefined;

/** For the press of a button that does an act of the court. While an echo could come, the page says so to whoever tests it. */
export function isEcho(event: MouseEvent): boolean {
  if (event.detail === 0) return false;
  const page = document.documentElement.dataset;
  page.pressed = "yes";
  clearTimeout(settled);
  settled = setTimeout(() => delete page.pressed, ECHO_MS);
  return presses.isEcho({ x: event.clientX, y: event.clientY, at: event.timeStamp });
}
