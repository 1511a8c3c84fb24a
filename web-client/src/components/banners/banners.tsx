import type { ComponentChildren } from "preact";
import { dateTime } from "../../core/format";
import type { Live } from "../../core/live";
import { locale, t } from "../../core/text";
import { Icon, type IconName } from "../icon/icon";

function Banner(props: {
  kind: "info" | "warning" | "problem";
  icon: IconName;
  name: string;
  children: ComponentChildren;
}) {
  return (
    <div class={`banner banner--${props.kind}`} data-banner={props.name}>
      <Icon name={props.icon} />
      <div class="banner__text">{props.children}</div>
    </div>
  );
}

/** What everybody in the room should know at this moment, in plain sentences, without stopping anyone. */
export function Banners({ live }: { live: Live }) {
  const view = live.hearing.view.value;
  const self = live.hearing.self.value;
  const connection = live.connection.state.value;
  const problems = live.problems.value;
  if (!view) return null;
  const notRecorded = view.participants
    .filter((p) => view.record_failing.includes(p.id))
    .map((p) => p.name)
    .join(", ");
  const mediaLost =
    connection === "connected" &&
    (live.subscriber.state.value === "interrupted" || live.publisher.state.value === "interrupted");
  return (
    <div class="banners" role="status" data-testid="banners">
      {connection === "reconnecting" ? (
        <Banner kind="warning" icon="signal" name="reconnecting">
          <p>{t("banner-reconnecting")}</p>
        </Banner>
      ) : null}
      {mediaLost ? (
        <Banner kind="warning" icon="signal" name="media-lost">
          <p>{t("banner-media-lost")}</p>
        </Banner>
      ) : null}
      {live.soundBlocked.value ? (
        <Banner kind="problem" icon="speaking" name="sound-blocked">
          <button
            type="button"
            class="govuk-button banner__button"
            data-testid="hear"
            onClick={() => {
              live.soundBlocked.value = false;
            }}
          >
            {t("banner-hear")}
          </button>
        </Banner>
      ) : null}
      {view.recording === "failing" ? (
        <Banner kind="problem" icon="warning" name="record-failing">
          <p>{t("banner-record-failing")}</p>
          {notRecorded ? <p>{t("banner-record-failing-names", { names: notRecorded })}</p> : null}
        </Banner>
      ) : null}
      {view.state === "listed" || view.state === "open" ? (
        <Banner kind="info" icon="clock" name="not-begun">
          <p>{t("banner-not-begun")}</p>
        </Banner>
      ) : null}
      {view.state === "paused" ? (
        <Banner kind="info" icon="pause" name="paused">
          <p>{t("banner-paused")}</p>
        </Banner>
      ) : null}
      {view.state === "suspended" ? (
        <Banner kind="warning" icon="warning" name="suspended">
          <p>{t("banner-suspended")}</p>
        </Banner>
      ) : null}
      {view.state === "adjourned" ? (
        <Banner kind="info" icon="clock" name="adjourned">
          <p>
            {view.adjourned?.next
              ? t("banner-adjourned-until", { when: dateTime(view.adjourned.next, locale.value) })
              : t("banner-adjourned")}
          </p>
        </Banner>
      ) : null}
      {view.in_camera ? (
        <Banner kind="info" icon="lock" name="in-camera">
          <p>{t("banner-in-camera")}</p>
        </Banner>
      ) : null}
      {self?.room === "consultation_room" || self?.room === "retiring_room" ? (
        <Banner kind="info" icon="lock" name="private-room">
          <p>{self.room === "consultation_room" ? t("banner-consultation") : t("banner-retired")}</p>
        </Banner>
      ) : null}
      {self?.muted ? (
        <Banner kind="warning" icon="mic-off" name="muted">
          <p>{t("banner-muted")}</p>
        </Banner>
      ) : null}
      {live.hearing.can("publish") && problems.microphone ? (
        <Banner kind="warning" icon="mic-off" name="no-microphone">
          <p>{t(`microphone-${problems.microphone}`)}</p>
        </Banner>
      ) : null}
      {live.quality.value !== "good" && connection === "connected" ? (
        <Banner kind="warning" icon="signal" name="quality">
          <p>{t(`banner-quality-${live.quality.value}`)}</p>
        </Banner>
      ) : null}
    </div>
  );
}
