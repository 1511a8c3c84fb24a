import { signal } from "@preact/signals";
import type { HearingView, ParticipantId } from "./wire";

/** What may mean that a link is in the wrong hands. */
export type WarningKind = "link-declined" | "seat-taken-over";

export interface Warning {
  kind: WarningKind;
  participant: ParticipantId;
  name: string;
  /** When it last happened, unix milliseconds by the server's clock. */
  at: number;
}

/** The warnings of a view, the newest first. The server tells them to the court alone. */
export function warnings(view: HearingView): Warning[] {
  return view.participants
    .flatMap((p) => {
      const of = (kind: WarningKind, at: number | null): Warning[] =>
        at === null ? [] : [{ kind, participant: p.id, name: p.name, at }];
      return [...of("link-declined", p.link_declined_at), ...of("seat-taken-over", p.seat_taken_over_at)];
    })
    .sort((a, b) => b.at - a.at);
}

const KEY = "oyer.warnings";
/** Warnings of which it is kept that they were put away; the oldest go first. */
const KEPT_MAX = 200;

/** Which warnings were put away in this tab. When it happens again there is a new one. */
export class PutAway {
  private readonly away = signal<string[]>([]);

  constructor(private readonly storage: Pick<Storage, "getItem" | "setItem">) {
    try {
      const kept: unknown = JSON.parse(storage.getItem(KEY) ?? "[]");
      if (Array.isArray(kept)) this.away.value = kept.filter((k) => typeof k === "string").slice(-KEPT_MAX);
    } catch {
      // What cannot be read is as if nothing had been put away: the warnings are shown again.
    }
  }

  has(warning: Warning): boolean {
    return this.away.value.includes(idOf(warning));
  }

  add(warning: Warning): void {
    this.away.value = [...this.away.value, idOf(warning)].slice(-KEPT_MAX);
    this.storage.setItem(KEY, JSON.stringify(this.away.value));
  }
}

function idOf({ kind, participant, at }: Warning): string {
  return `${kind} ${participant} ${at}`;
}
