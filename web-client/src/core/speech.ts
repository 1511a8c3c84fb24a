import type { LogEntry } from "./wire";

/** A stretch of speech on the record, in milliseconds from the start of its part. */
export interface Spell {
  segment: number;
  from_ms: number;
  /** Null where the log was cut off before it ended. */
  to_ms: number | null;
}

/** What one person said, by its times. */
export interface Speaker {
  participant: string;
  name: string;
  /** Of the spells whose end is known. */
  totalMs: number;
  spells: Spell[];
}

const BEGAN = "speech_began";
const ENDED = "speech_ended";

/** True for the two ends of a spell of speech, which are no lines of the log as it is read. */
export const isSpeech = (entry: LogEntry): boolean => entry.kind === BEGAN || entry.kind === ENDED;

/** Who spoke, and when, by the court log: by person, who spoke longest first. Every spell is in it. */
export function speakers(log: LogEntry[]): Speaker[] {
  const people = new Map<string, Speaker>();
  for (const { kind, participant, about, segment, media_ms: ms } of log) {
    if (!participant || segment === null || ms === null) continue;
    if (kind === BEGAN) {
      const person = people.get(participant) ?? { participant, name: about ?? "", totalMs: 0, spells: [] };
      person.spells.push({ segment, from_ms: ms, to_ms: null });
      people.set(participant, person);
    }
    const person = people.get(participant);
    const spell = person?.spells.at(-1);
    if (kind === ENDED && person && spell?.segment === segment && spell.to_ms === null) {
      spell.to_ms = Math.max(ms, spell.from_ms);
      person.totalMs += spell.to_ms - spell.from_ms;
    }
  }
  return [...people.values()].sort((a, b) => b.totalMs - a.totalMs);
}
