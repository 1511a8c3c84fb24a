import type { Api } from "./api";
import type { Ticket } from "./wire";

const MARGIN_MS = 30_000;

/** Addresses that a browser may fetch by itself, for a short while; renewed in time. */
export class Tickets {
  private held: Promise<Ticket> | null = null;
  private expires = 0;

  constructor(
    private readonly api: Api,
    private readonly recording: string,
    private readonly now: () => number = Date.now,
  ) {}

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
    const { base } = await this.held;
    return `${base.replace(/\/$/, "")}/${file.split("/").map(encodeURIComponent).join("/")}`;
  }
}
