import { computed, signal } from "@preact/signals";
import type {
  Act,
  ByeReason,
  Capability,
  HearingView,
  ParticipantId,
  ParticipantView,
  Problem,
  Quality,
  Role,
  Seat,
  ServerMessage,
  You,
} from "./wire";
import { type Word, wordAtFirst, wordBetween } from "./word";

/** One act as the page shows it. A failed one stays until it is put away. */
export interface ActEntry {
  id: number;
  act: Act;
  status: "pending" | "done" | "failed";
  problem: Problem | null;
  /** It was done to somebody who had been dismissed or removed: they may come back. */
  readmits: boolean;
}

/** Acts kept in the list; the oldest finished ones go first. */
export const ENTRIES_MAX = 40;

/** What the page knows of the hearing. The server's view is the truth; nothing is guessed ahead of it. */
export class HearingStore {
  readonly you = signal<You | null>(null);
  readonly view = signal<HearingView | null>(null);
  readonly seats = signal<Seat[]>([]);
  readonly speaking = signal<ParticipantId[]>([]);
  readonly peerQuality = signal<Record<ParticipantId, Quality>>({});
  readonly bye = signal<ByeReason | null>(null);
  readonly acts = signal<ActEntry[]>([]);
  /** What the court last did with oneself, until it is put away or old. */
  readonly word = signal<Word | null>(null);
  /** The server's clock minus ours, milliseconds. */
  readonly clockOffset = signal(0);

  readonly self = computed<ParticipantView | null>(() => {
    const id = this.you.value?.participant;
    return this.view.value?.participants.find((p) => p.id === id) ?? null;
  });

  private nextEntry = 1;

  receive(message: ServerMessage, now: number): void {
    switch (message.type) {
      case "welcome":
        this.you.value = message.you;
        this.hearWord(message.hearing, now);
        // A server that was started anew counts its revisions anew: a welcome always replaces.
        this.view.value = message.hearing;
        this.seats.value = message.seats;
        this.speaking.value = [];
        this.clockOffset.value = message.server_time - now;
        this.bye.value = null;
        break;
      case "hearing": {
        const known = this.view.value;
        if (known && message.hearing.revision < known.revision) break;
        this.hearWord(message.hearing, now);
        this.view.value = message.hearing;
        break;
      }
      case "seats":
        this.seats.value = message.seats;
        break;
      case "speaking":
        this.speaking.value = message.participants;
        break;
      case "peer_quality":
        this.peerQuality.value = { ...this.peerQuality.value, [message.participant]: message.quality };
        break;
      case "bye":
        if (message.reason === "server_stops") break;
        this.bye.value = message.reason;
        this.word.value = null;
        break;
      case "result":
        break;
    }
  }

  private hearWord(after: HearingView, now: number): void {
    const before = this.view.value;
    const self = this.you.value?.participant ?? null;
    const id = before ? wordBetween(before, after, self) : wordAtFirst(after, self);
    const room = (view: HearingView | null) => view?.participants.find((p) => p.id === self)?.room;
    if (id) this.word.value = { id, at: now };
    // What was said of one room is not true in the next.
    else if (room(before) !== room(after)) this.word.value = null;
  }

  can(capability: Capability): boolean {
    return this.you.value?.capabilities.includes(capability) ?? false;
  }

  /** Enters an act into the list before it is sent. */
  begin(act: Act): number {
    const id = this.nextEntry++;
    const kept = this.acts.value.slice(-(ENTRIES_MAX - 1));
    const readmits = act.act === "send_to_waiting" && this.isOut(act.participant);
    this.acts.value = [...kept, { id, act, status: "pending", problem: null, readmits }];
    return id;
  }

  private isOut(participant: ParticipantId): boolean {
    const state = this.view.value?.participants.find((p) => p.id === participant)?.state;
    return state === "dismissed" || state === "removed";
  }

  finish(id: number, problem: Problem | null): void {
    this.acts.value = this.acts.value.map((entry) =>
      entry.id === id ? { ...entry, status: problem ? "failed" : "done", problem } : entry,
    );
  }

  dismiss(id: number): void {
    this.acts.value = this.acts.value.filter((entry) => entry.id !== id);
  }
}

/** Whether somebody is giving evidence at this moment. */
export function testifies(p: ParticipantView): boolean {
  return p.testimony !== null && p.testimony !== "released";
}

/**
 * Those who share the viewer's room, the viewer left out: whoever gives evidence first, since everybody looks at them,
 * then in a fixed order.
 */
export function othersInRoom(view: HearingView, self: ParticipantView | null): ParticipantView[] {
  if (!self) return [];
  return view.participants
    .filter((p) => p.id !== self.id && p.room !== null && p.room === self.room && p.room !== "waiting_room")
    .sort((a, b) => Number(testifies(b)) - Number(testifies(a)) || byRank(a, b));
}

/** The court itself, which enters its own room without anybody's leave. */
export function isCourt(role: Role): boolean {
  return role === "judge" || role === "panel_member" || role === "clerk";
}

/** In a room that is never recorded, away from the hearing. */
export function isApart(p: ParticipantView | null | undefined): boolean {
  return p?.room === "consultation_room" || p?.room === "retiring_room";
}

/** Those who send neither sound nor picture, whatever they switch on. */
export function looksOn(p: ParticipantView): boolean {
  return p.role === "observer" || p.role === "press";
}

const RANK = [
  "judge",
  "panel_member",
  "clerk",
  "witness",
  "expert",
  "prosecutor",
  "defence_counsel",
  "accused",
  "victim",
  "interpreter",
  "intermediary",
  "remote_point_officer",
  "observer",
  "press",
  "support_officer",
];

/** The order in which people are shown. */
export function byRank(a: ParticipantView, b: ParticipantView): number {
  return (
    RANK.indexOf(a.role) - RANK.indexOf(b.role) || a.name.localeCompare(b.name) || a.id.localeCompare(b.id)
  );
}

/** How many seats must be negotiated so that every seat named has its lines; grows in steps of eight. */
export function seatsNeeded(seats: Seat[], negotiated: number): number {
  const highest = seats.reduce((most, seat) => Math.max(most, seat.seat + 1), 0);
  return highest <= negotiated ? negotiated : Math.min(64, Math.ceil(highest / 8) * 8);
}
