import { dateTimeInZone } from "../../core/format";
import type { Live } from "../../core/live";
import { locale, t } from "../../core/text";
import { ActButton } from "../act-button/act-button";
import { SwitchOn } from "../devices/switch-on";
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
          {view.kind === "testimony" ? (
            <li>{t(called ? "waiting-testimony-witness" : "waiting-testimony")}</li>
          ) : null}
          <li>{t("waiting-private")}</li>
          <li>{t("waiting-stay")}</li>
          {view.in_camera && (role === "observer" || role === "press") ? (
            <li>{t("waiting-in-camera")}</li>
          ) : null}
          {view.waiting !== null ? <li>{t("waiting-others", { count: view.waiting })}</li> : null}
        </ul>
        <p class={`waiting__state waiting__state--${view.state}`}>
          {t(`waiting-state-${view.state.replaceAll("_", "-")}`)}
          {view.state === "listed" || view.state === "open"
            ? ` ${t("waiting-listed", { when: dateTimeInZone(view.listed_for, locale.value) })}`
            : null}
        </p>
        {publishes ? (
          <>
            <Ready live={live} />
            <SwitchOn live={live} />
          </>
        ) : null}
        <ActButton
          live={live}
          act={{ act: "check_equipment" }}
          label={t(publishes ? "waiting-check-again" : "waiting-check-again-watch")}
          testid="check-again"
        />
      </div>
      {publishes ? (
        <figure class="waiting__own">
          <div class="waiting__stage">
            {live.sources.local.value.camera ? (
              <OwnPicture track={live.sources.local.value.camera} label={t("picture-own")} />
            ) : (
              <p class="check__blank">{t("waiting-no-picture")}</p>
            )}
          </div>
          {live.sources.local.value.camera ? <figcaption>{t("waiting-own")}</figcaption> : null}
        </figure>
      ) : null}
    </div>
  );
}

/** What the court will see and hear of one, by what is open at this moment. */
function Ready({ live }: { live: Live }) {
  const silenced = live.hearing.self.value?.muted === true;
  const sound = live.sources.sends("microphone") && !silenced;
  const picture = live.sources.sends("camera");
  const ready = silenced
    ? "silenced"
    : sound
      ? picture
        ? "both"
        : "sound"
      : picture
        ? "picture"
        : "nothing";
  return (
    <p
      class={sound ? "waiting__ready" : "waiting__ready waiting__ready--warn"}
      data-testid="waiting-ready"
      data-ready={ready}
    >
      <Icon name={sound ? "check" : "mic-off"} />
      <span>{t(`ready-${ready}`)}</span>
    </p>
  );
}
