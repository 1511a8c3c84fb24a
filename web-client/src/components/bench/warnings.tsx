import { useMemo } from "preact/hooks";
import { clock } from "../../core/format";
import type { Live } from "../../core/live";
import { tab } from "../../core/storage";
import { locale, t } from "../../core/text";
import { PutAway, type Warning, warnings } from "../../core/warnings";
import { Icon } from "../icon/icon";

export function warningText(warning: Warning): string {
  return t(`warning-${warning.kind}`, { name: warning.name, time: clock(warning.at, locale.value) });
}

/** What may mean that a link is in the wrong hands: in sight until somebody of the court puts it away. */
export function Warnings({ live }: { live: Live }) {
  const away = useMemo(() => new PutAway(tab), []);
  const view = live.hearing.view.value;
  if (!view) return null;
  const shown = warnings(view).filter((w) => !away.has(w));
  if (shown.length === 0) return null;
  return (
    <section class="bench__part" aria-label={t("bench-warnings")} data-testid="warnings">
      {shown.map((warning) => (
        <div
          key={`${warning.kind}-${warning.participant}`}
          class="notice notice--bench"
          data-warning={warning.kind}
        >
          <Icon name="warning" />
          <div>
            <p class="notice__text">{warningText(warning)}</p>
            <button
              type="button"
              class="acts__away"
              onClick={(event) => {
                // The focus stays at the bench: what has it is about to go.
                const bench = event.currentTarget.closest<HTMLElement>('[data-testid="bench"]');
                away.add(warning);
                if (!bench) return;
                bench.tabIndex = -1;
                bench.focus();
              }}
            >
              {t("put-away")}
              <span class="govuk-visually-hidden"> {warning.name}</span>
            </button>
          </div>
        </div>
      ))}
    </section>
  );
}
