import type { ComponentChildren } from "preact";
import { dateTimeInZone } from "../../core/format";
import { isApart } from "../../core/hearing";
import { intoView } from "../../core/into-view";
import type { Live } from "../../core/live";
import { locale, t } from "../../core/text";
import { hasBench } from "../bench/bench";
import { Help } from "../help/help";
import { Icon, type IconName } from "../icon/icon";
import { hearNow } from "../media/media";

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

/** Shows which banner answers what was just pressed. */
export function pointOut(name: string): void {
  const banner = document.querySelector<HTMLElement>(`[data-banner="${CSS.escape(name)}"]`);
  if (!banner) return;
  const still = matchMedia("(prefers-reduced-motion: reduce)").matches;
  intoView(banner);
  if (!still) banner.animate([{ opacity: 0.2 }, { opacity: 1 }], { duration: 300, iterations: 2 });
}

/** What everybody in the room should know at this moment, in plain sentences, without stopping anyone. */
export function Banners({ live }: { live: Live }) {
  const view = live.hearing.view.value;
  const self = live.hearing.self.value;
  const connection = live.connection.state.value;
  const quality = live.quality();
  if (!view) return null;
  const notRecorded = view.participants
    .filter((p) => view.record_failing.includes(p.id))
    .map((p) => p.name)
    .join(", ");
  const [down, up] = [live.subscriber.state.value, live.publisher.state.value];
  const mediaLost = connection === "connected" && (down === "interrupted" || up === "interrupted");
  const begins = (state: typeof up) =>
    connection === "connected" && (state === "idle" || state === "connecting");
  // In a room of one's own one is seen and heard, whatever becomes of the hearing meanwhile.
  const apart = isApart(self);
  const records = live.hearing.can("record");
  return (
    <div class="banners" role="status" data-testid="banners">
      {connection === "reconnecting" ? (
        <Banner kind="warning" icon="signal" name="reconnecting">
          <p>
            {t("banner-reconnecting")}
            {live.hearing.can("publish") ? ` ${t("banner-reconnecting-heard")}` : null}
          </p>
          <Help />
        </Banner>
      ) : null}
      {mediaLost ? (
        <Banner kind="warning" icon="signal" name="media-lost">
          <p>{t("banner-media-lost")}</p>
        </Banner>
      ) : null}
      {live.hearing.can("publish") && begins(up) ? (
        <Banner kind="warning" icon="signal" name="media-up">
          <p>{t("banner-media-up")}</p>
        </Banner>
      ) : null}
      {begins(down) ? (
        <Banner kind="info" icon="signal" name="media-down">
          <p>{t("banner-media-down")}</p>
        </Banner>
      ) : null}
      {live.soundBlocked.value ? (
        <Banner kind="problem" icon="speaking" name="sound-blocked">
          <button
            type="button"
            class="govuk-button banner__button"
            data-testid="hear"
            onClick={() => hearNow(live)}
          >
            {t("banner-hear")}
          </button>
        </Banner>
      ) : null}
      {view.recording === "failing" && (records || !apart) ? (
        <Banner kind="problem" icon="warning" name="record-failing">
          <p>
            {apart
              ? t("banner-record-failing-apart")
              : t(records ? "banner-record-failing" : "banner-record-failing-wait")}
          </p>
          {notRecorded && hasBench(live) ? (
            <p>{t("banner-record-failing-names", { names: notRecorded })}</p>
          ) : null}
        </Banner>
      ) : null}
      {view.log_waiting > 0 ? (
        <Banner kind="problem" icon="warning" name="log-waiting">
          <p>{t("banner-log-waiting", { count: view.log_waiting })}</p>
        </Banner>
      ) : null}
      {view.state === "listed" || view.state === "open" ? (
        <Banner kind="info" icon="clock" name="not-begun">
          <p>{t(apart ? "waiting-state-open" : "banner-not-begun")}</p>
        </Banner>
      ) : null}
      {view.state === "paused" ? (
        <Banner kind="info" icon="pause" name="paused">
          <p>{t(apart ? "news-state-paused" : "banner-paused")}</p>
        </Banner>
      ) : null}
      {view.state === "suspended" ? (
        <Banner kind="warning" icon="warning" name="suspended">
          <p>{t(apart ? "news-state-suspended" : "banner-suspended")}</p>
        </Banner>
      ) : null}
      {view.state === "adjourned" ? (
        <Banner kind="info" icon="clock" name="adjourned">
          <p>
            {view.adjourned?.next
              ? t("banner-adjourned-until", { when: dateTimeInZone(view.adjourned.next, locale.value) })
              : t("banner-adjourned")}
          </p>
        </Banner>
      ) : null}
      {view.in_camera ? (
        <Banner kind="info" icon="lock" name="in-camera">
          <p>{t("banner-in-camera")}</p>
        </Banner>
      ) : null}
      {apart ? (
        <Banner kind="info" icon="lock" name="private-room">
          <p>{self?.room === "consultation_room" ? t("banner-consultation") : t("banner-retired")}</p>
          {self?.room === "consultation_room" && live.hearing.can("raise_hand") ? (
            <p>{t("banner-consultation-back")}</p>
          ) : null}
        </Banner>
      ) : null}
      {self?.muted ? (
        <Banner kind="warning" icon="mic-off" name="muted">
          <p>{t("banner-muted")}</p>
        </Banner>
      ) : null}
      {live.hearing.can("publish") ? <OwnDevices live={live} /> : null}
      {quality === "weak" || quality === "bad" ? (
        <Banner kind="warning" icon="signal" name="quality">
          <p>{t(`banner-quality-${quality}`)}</p>
        </Banner>
      ) : null}
    </div>
  );
}

/** What is wrong with the own microphone and camera, and what has taken their place. */
function OwnDevices({ live }: { live: Live }) {
  const { problems, held, wants, replaced } = live.sources;
  const { microphone, camera } = problems.value;
  const swapped = replaced.value;
  const banner = (source: "microphone" | "camera", id: string) => (
    <Banner kind="warning" icon={source === "microphone" ? "mic-off" : "camera-off"} name={id}>
      <p>{id.endsWith("-denied") ? `${t(id)} ${t("allow-1")} ${t("allow-2")}` : t(id)}</p>
    </Banner>
  );
  return (
    <>
      {microphone !== null && microphone === camera
        ? banner("microphone", `devices-${microphone}`)
        : [
            microphone ? banner("microphone", `microphone-${microphone}`) : null,
            camera && wants.value.camera ? banner("camera", `camera-${camera}`) : null,
          ]}
      {held.value.microphone ? banner("microphone", "held-microphone") : null}
      {held.value.camera ? banner("camera", "held-camera") : null}
      {swapped ? (
        <Banner
          kind="info"
          icon={swapped.source === "microphone" ? "mic" : "camera"}
          name={`replaced-${swapped.source}`}
        >
          <p>{t("replaced", { source: swapped.source, label: swapped.label })}</p>
          <button type="button" class="banner__away" onClick={() => (replaced.value = null)}>
            {t("put-away")}
          </button>
        </Banner>
      ) : null}
    </>
  );
}
