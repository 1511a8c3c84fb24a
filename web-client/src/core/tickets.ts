import type { Api } from "./api";
import type { Address } from "./track-file";
import type { Ticket } from "./wire";

const MARGIN_MS = 30_000;

/** Addresses that a browser may fetch by itself, for a short while; renewed in time. */
export class Tickets {
  private held: Promise<Ticket> | null = null;
  private expires = 0;
  private base: string | null = null;

  constructor(
    private readonly api: Pick<Api, "ticket">,
    private readonly recording: string,
    private readonly now: () => number = Date.now,
  ) {}

  /** The server does not take this address any more, as after a restart: the next one gets a fresh ticket. */
  refused(address: string): void {
    if (this.base === null || !address.startsWith(`${this.base}/`)) return;
    this.held = null;
    this.base = null;
  }

  /** Full address of a file below the ticket, for instance `bundle.tar`. */
  async address(file: string): Promise<string> {
    if (!this.held || this.now() > this.expires - MARGIN_MS) {
      const held = this.api.ticket(this.recording);
      this.held = held;
      this.expires = Number.POSITIVE_INFINITY;
      try {
        this.expires = (await held).expires_at;
      } catch (error) {
        if (this.held === held) this.held = null;
        throw error;
      }
    }
    const base = (await this.held).base.replace(/\/$/, "");
    this.base = base;
    return `${base}/${file.split("/").map(encodeURIComponent).join("/")}`;
  }
}

/** Where a file below the ticket is to be had. */
export const addressOf = (tickets: Tickets, path: string): Address => ({
  now: () => tickets.address(path),
  refused: (address) => tickets.refused(address),
});
export const trackAddress = (tickets: Tickets, file: string): Address => addressOf(tickets, `track/${file}`);
