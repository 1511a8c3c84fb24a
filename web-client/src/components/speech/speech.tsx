import { useSignal } from "@preact/signals";
import { fineTime, mediaTime } from "../../core/format";
import { type Speaker, type Spell, speakers } from "../../core/speech";
import { t } from "../../core/text";
import type { LogEntry } from "../../core/wire";
import { Fold } from "../fold/fold";
import type { Place } from "../player/player";

interface SpeechProps {
  entries: LogEntry[];
  /** Parts that are not in this recording. */
  elsewhere: number[];
  onPlay: (place: Place) => void;
}

/** Who spoke and when, as the court log has it; what is in this recording can be played from there. */
export function Speech({ entries, elsewhere, onPlay }: SpeechProps) {
  const people = speakers(entries);
  const sum = people.length === 0 ? t("speech-none") : t("speech-people", { count: people.length });
  return (
    <Fold id="speech" title={t("speech-title")} sum={sum}>
      <p class="govuk-body">{people.length === 0 ? t("speech-none") : t("speech-text")}</p>
      {people.map((person) => (
        <Person key={person.participant} person={person} elsewhere={elsewhere} onPlay={onPlay} />
      ))}
    </Fold>
  );
}

function Person({ person, ...rest }: { person: Speaker } & Omit<SpeechProps, "entries">) {
  const { name, spells, totalMs } = person;
  // Of a long hearing there are thousands: they come into the page when they are asked for.
  const open = useSignal(false);
  return (
    <details
      class="gaps"
      data-testid="speaker"
      onToggle={(event) => {
        open.value = event.currentTarget.open;
      }}
    >
      <summary class="gaps__summary">
        <span class="gaps__what">
          <strong>{name}</strong>
        </span>
        <span class="gaps__sum">{t("speech-sum", { count: spells.length, total: fineTime(totalMs) })}</span>
      </summary>
      <ol class="log">
        {(open.value ? spells : []).map((spell) => (
          <Row key={`${spell.segment} ${spell.from_ms}`} spell={spell} name={name} {...rest} />
        ))}
      </ol>
    </details>
  );
}

function Row({
  spell,
  name,
  elsewhere,
  onPlay,
}: { spell: Spell; name: string } & Omit<SpeechProps, "entries">) {
  const { segment, from_ms, to_ms } = spell;
  const from = fineTime(from_ms);
  return (
    <li class="log__row log__row--gap" data-testid="spell">
      <span class="log__what">
        {to_ms === null
          ? t("speech-open", { segment, from })
          : t("gaps-span", { segment, from, to: fineTime(to_ms) })}
      </span>
      {elsewhere.includes(segment) ? null : (
        <button type="button" class="log__play" onClick={() => onPlay({ segment, ms: from_ms })}>
          {t("log-play", { at: mediaTime(from_ms) })}
          <span class="govuk-visually-hidden"> {name}</span>
        </button>
      )}
    </li>
  );
}
