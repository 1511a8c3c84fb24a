import { useSignal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import { isOver, type Live } from "../../core/live";
import { newsBetween } from "../../core/news";
import { language, t } from "../../core/text";
import type { HearingView } from "../../core/wire";
import { wordText } from "../word/word";

/** Reads out what changed, for those who do not see it; what the court did with oneself comes first, at once. */
export function Announcer({ live }: { live: Live }) {
  const said = useSignal<string[]>([]);
  const before = useRef<HearingView | null>(null);
  const view = live.hearing.view.value;
  useEffect(() => {
    if (!view) return;
    const self = live.hearing.you.value?.participant ?? null;
    const news = newsBetween(before.current, view, self, live.hearing.can("admit"));
    before.current = view;
    if (news.length > 0) said.value = news.map(({ id, args }) => t(id, args));
  }, [view]);
  // Old news in a new language is not news.
  useEffect(() => {
    said.value = [];
  }, [language.value]);
  // Then the page itself says what has become of the hearing, and nothing that was true in it holds any more.
  const over = live.hearing.bye.value !== null || (view !== null && isOver(view));
  const word = over ? null : live.hearing.word.value;
  return (
    <div class="announcer govuk-visually-hidden">
      <div role="alert" data-testid="announcer-word">
        {word ? <p key={word.at}>{wordText(word.id, live)}</p> : null}
      </div>
      <div role="status" aria-live="polite" data-testid="announcer">
        {over ? null : said.value.map((sentence) => <p key={sentence}>{sentence}</p>)}
      </div>
    </div>
  );
}
