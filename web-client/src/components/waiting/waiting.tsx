import type { Live } from "../../core/live";
import { t } from "../../core/text";
import { ActButton } from "../act-button/act-button";
import { Icon } from "../icon/icon";
import { OwnPicture } from "../media/media";

/** Alone in the waiting room: what happens next, whether the court is there, the own picture. */
export function Waiting({ live }: { live: Live }) {
  const view = live.hearing.view.value;
  const publishes = live.hearing.can("publish");
  const role = live.hearing.you.value?.role;
  if (!view) return null;
  const called = role === "witness" || role === "expert";
  return (
    <div class="waiting">
      <div class="waiting__text">
        <div class="waiting__status" data-testid="waiting-status" role="status">
          <Icon name={view.court_present ? "check" : "clock"} />
          <p>{view.court_present ? t("waiting-court-present") : t("waiting-court-absent")}</p>
        </div>
        <ul class="govuk-list govuk-list--bullet">
          <li>{called ? t("waiting-next-called") : t("waiting-next-admitted")}</li>
          <li>{t("waiting-private")}</li>
          <li>{t("waiting-stay")}</li>
          {view.in_camera && (role === "observer" || role === "press") ? (
            <li>{t("waiting-in-camera")}</li>
          ) : null}
          {view.waiting !== null ? <li>{t("waiting-others", { count: view.waiting })}</li> : null}
        </ul>
        <p class={`waiting__state waiting__state--${view.state}`}>
          {t(`waiting-state-${view.state.replaceAll("_", "-")}`)}
        </p>
        <ActButton
          live={live}
          act={{ act: "check_equipment" }}
          label={t("waiting-check-again")}
          testid="check-again"
        />
      </div>
      {publishes ? (
        <figure class="waiting__own">
          <div class="waiting__stage">
            {live.local.value.camera ? (
              <OwnPicture track={live.local.value.camera} label={t("picture-own")} />
            ) : (
              <p class="check__blank">{t("check-no-camera")}</p>
            )}
          </div>
          <figcaption>{t("waiting-own")}</figcaption>
        </figure>
      ) : null}
    </div>
  );
}
