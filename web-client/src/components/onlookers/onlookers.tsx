import { looksOn, othersInRoom } from "../../core/hearing";
import type { Live } from "../../core/live";
import { t } from "../../core/text";

/** Who is in the room and sends nothing: known to everybody there, by name, without a tile that would stay empty. */
export function Onlookers({ live }: { live: Live }) {
  const view = live.hearing.view.value;
  const onlookers = view ? othersInRoom(view, live.hearing.self.value).filter(looksOn) : [];
  if (onlookers.length === 0) return null;
  return (
    <details class="onlookers" data-testid="onlookers">
      <summary>{t("onlookers", { count: onlookers.length })}</summary>
      <ul class="onlookers__list">
        {onlookers.map((p) => (
          <li key={p.id}>
            {p.name}, {t(`role-${p.role}`)}
          </li>
        ))}
      </ul>
    </details>
  );
}
