import type { Live } from "../../core/live";
import { t } from "../../core/text";
import type { CaptureView, HearingView, Ruling } from "../../core/wire";
import { ActButton } from "../act-button/act-button";
import { Icon } from "../icon/icon";

/** For whoever rules: the objections on which nothing has been said yet. */
export function Objections({ live, capture, view }: { live: Live; capture: CaptureView; view: HearingView }) {
  const open = capture.objections.filter((o) => o.ruling === null);
  const rules: Ruling[] = live.hearing.can("rule") ? ["sustained", "overruled", "reserved"] : ["reserved"];
  return (
    <div role="status" data-testid="objections">
      {open.map(({ number, by }) => {
        const name = view.participants.find((p) => p.id === by)?.name ?? "";
        return (
          <div key={number} class="capture__objection">
            <p>
              <Icon name="hand" />
              <strong>{t("objection-of", { number, name })}</strong>
            </p>
            <div class="bench__buttons">
              {rules.map((ruling) => (
                <ActButton
                  key={ruling}
                  live={live}
                  act={{ act: "rule", objection: number, ruling }}
                  label={t(`ruling-${ruling}`)}
                  about={t("objection-number", { number })}
                  testid={`rule-${ruling}`}
                />
              ))}
            </div>
          </div>
        );
      })}
    </div>
  );
}
