/**
 * Whether anything still comes in on a media connection. The server sends something several times a second on each that
 * stands, so a second of nothing means that the way is broken: the phone has left its network, or the network its address.
 * The browser itself notices after five seconds or more.
 */

export const LISTEN_MS = 300;
/** Looks in a row that brought something, before silence means anything. */
const STEADY = 4;
const SILENT = 3;

export class Listening {
  private heard = 0;
  private steady = 0;
  private silent = 0;

  /** Takes a look at the bytes that came in so far; true if they have ceased to. */
  look(bytes: number): boolean {
    const more = bytes > this.heard;
    this.heard = bytes;
    if (more) {
      this.steady = Math.min(STEADY, this.steady + 1);
      this.silent = 0;
      return false;
    }
    if (this.steady < STEADY) {
      this.steady = 0;
      return false;
    }
    this.silent++;
    if (this.silent < SILENT) return false;
    this.forget();
    return true;
  }

  /** The connection is another one. */
  forget(): void {
    this.heard = 0;
    this.steady = 0;
    this.silent = 0;
  }
}
