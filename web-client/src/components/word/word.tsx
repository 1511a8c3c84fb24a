import { useEffect } from "preact/hooks";
import type { Live } from "../../core/live";
import { t } from "../../core/text";
import { WORD_MS, type WordId } from "../../core/word";
import { Icon } from "../icon/icon";

/** Words after which somebody wonders who sees and hears them now. */
const REACHES = new Set<WordId>(["called", "admitted", "returned", "unmuted"]);

export function wordText(id: WordId, live: Live): string {
  const silenced = live.hearing.self.value?.muted === true;
  if (silenced && (id === "sworn" || id === "affirmed"))
    return t(id === "sworn" ? "word-sworn-silenced" : "word-affirmed-silenced");
  // Whom the court has silenced a banner tells so, with what can be done.
  const reaches = REACHES.has(id) && !silenced;
  return reaches ? `${t(`word-${id}`)} ${t(`reach-${live.reach()}`)}` : t(`word-${id}`);
}

/** What the court has just done with oneself, large and for a while. The announcer reads it out. */
export function CourtWord({ live }: { live: Live }) {
  const word = live.hearing.word.value;
  useEffect(() => {
    if (!word) return;
    const timer = setTimeout(
      () => {
        if (live.hearing.word.value === word) live.hearing.word.value = null;
      },
      Math.max(0, word.at + WORD_MS - Date.now()),
    );
    return () => clearTimeout(timer);
  }, [word]);
  if (!word) return null;
  return (
    <div class="word" data-testid="word" data-word={word.id}>
      <Icon name="bell" />
      <p class="word__text">{wordText(word.id, live)}</p>
      <button
        type="button"
        class="word__away"
        aria-label={t("put-away")}
        onClick={() => (live.hearing.word.value = null)}
      >
        <Icon name="cross" />
      </button>
    </div>
  );
}
