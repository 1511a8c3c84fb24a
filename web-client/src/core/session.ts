import { signal } from "@preact/signals";
import type { Me, Session } from "./wire";

/** What is kept of a session: per tab, so that two links opened in two tabs are two people. */
export interface Kept {
  session: string;
  expires_at: number;
  me: Me;
}

const KEY = "oyer.session";

/** The session of this tab. */
export class SessionStore {
  readonly current = signal<Kept | null>(null);
  /** The secret of the link that this page itself opened: in memory alone, so that a reload knows nothing of it. */
  link: string | null = null;

  constructor(private readonly storage: Pick<Storage, "getItem" | "setItem" | "removeItem">) {
    this.current.value = this.read();
  }

  keep(session: Session): void {
    const kept: Kept = { session: session.session, expires_at: session.expires_at, me: session.me };
    this.storage.setItem(KEY, JSON.stringify(kept));
    this.current.value = kept;
  }

  update(me: Me): void {
    const kept = this.current.value;
    if (kept) this.keep({ ...kept, me });
  }

  forget(): void {
    this.storage.removeItem(KEY);
    this.current.value = null;
  }

  token = (): string | null => this.current.value?.session ?? null;

  private read(): Kept | null {
    const text = this.storage.getItem(KEY);
    if (!text) return null;
    try {
      const kept = JSON.parse(text) as Kept;
      return typeof kept.session === "string" && typeof kept.me?.hearing === "string" ? kept : null;
    } catch {
      return null;
    }
  }
}
