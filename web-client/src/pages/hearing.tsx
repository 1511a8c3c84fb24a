import { useEffect, useMemo } from "preact/hooks";
import { useApp } from "../app/context";
import { go } from "../app/route";
import { Announcer } from "../components/announcer/announcer";
import { Banners } from "../components/banners/banners";
import { Bench, hasBench } from "../components/bench/bench";
import { CaptureNow } from "../components/capture/now";
import { Controls } from "../components/controls/controls";
import { DeviceCheck } from "../components/device-check/device-check";
import { Help } from "../components/help/help";
import { Icon } from "../components/icon/icon";
import { LanguageChoice } from "../components/language/language";
import { useMeasured } from "../components/measured/measured";
import { Sound } from "../components/media/media";
import { Onlookers } from "../components/onlookers/onlookers";
import { RecordingBadge } from "../components/recording-badge/recording-badge";
import { Shell, SkipLink, Title } from "../components/shell/shell";
import { SoundCheck } from "../components/sound-check/sound-check";
import { Tiles } from "../components/tile/tiles";
import { Together } from "../components/together/together";
import { Waiting } from "../components/waiting/waiting";
import { CourtWord } from "../components/word/word";
import { stayAwake } from "../core/awake";
import { isApart } from "../core/hearing";
import { isOver, Live } from "../core/live";
import { t } from "../core/text";
import { EndedPage } from "./ended";

/** The live hearing: from the equipment check through the waiting room into the room, on one connection. */
export function HearingPage() {
  const { api, session } = useApp();
  const kept = session.current.value;
  const live = useMemo(() => {
    if (!kept) return null;
    const url = new URL(`/api/v1/hearings/${kept.me.hearing}/ws`, location.href);
    url.protocol = url.protocol === "https:" ? "wss:" : "ws:";
    return new Live({ api, hearing: kept.me.hearing, url: url.href, session: session.token });
  }, [kept?.session]);

  useEffect(() => {
    if (!live) {
      go("/join");
      return;
    }
    live.start();
    const online = () => live.connection.retryNow();
    const offline = () => live.connection.lost();
    // A tab that slept may hold a dead socket's timer: try as soon as somebody looks.
    const seen = () => {
      if (document.visibilityState === "visible") live.seen();
    };
    const sleep = stayAwake();
    addEventListener("online", online);
    addEventListener("offline", offline);
    document.addEventListener("visibilitychange", seen);
    return () => {
      removeEventListener("online", online);
      removeEventListener("offline", offline);
      document.removeEventListener("visibilitychange", seen);
      sleep();
      void live.stop();
    };
  }, [live]);

  return live ? <LivePage live={live} /> : null;
}

/** One page for all of it, so that whoever listens is told of every change, also of the change of room. */
export function LivePage({ live }: { live: Live }) {
  return (
    <>
      <Place live={live} />
      <Announcer live={live} />
    </>
  );
}

/** Where one is decides what one sees. */
function Place({ live }: { live: Live }) {
  const bye = live.hearing.bye.value;
  const self = live.hearing.self.value;
  const view = live.hearing.view.value;
  const over =
    view && isOver(view) ? (view.state === "closed" ? "hearing_closed" : "hearing_adjourned") : null;
  const reason = bye ?? over;
  if (reason) {
    return (
      <EndedPage
        reason={reason}
        hearing={live.options.hearing}
        adjourned={view?.adjourned ?? null}
        sealed={view?.sealed.length ?? 0}
      />
    );
  }
  if (!self || !view) {
    return (
      <Shell>
        <Title key="connecting" text={t("connecting-title")} />
        <p class="govuk-body" role="status">
          {live.connection.state.value === "reconnecting" ? t("connecting-again") : t("connecting-text")}
        </p>
      </Shell>
    );
  }
  switch (self.state) {
    case "invited":
    case "checking_equipment":
      return (
        <Shell wide>
          <Title key="check" text={t(live.hearing.can("publish") ? "check-title" : "check-title-watch")} />
          <Lost live={live} />
          {live.hearing.can("publish") ? <DeviceCheck live={live} /> : <SoundCheck live={live} />}
        </Shell>
      );
    case "waiting":
      return (
        <Shell wide>
          <p class="page__caption">
            {view.case_reference} – {view.title}
          </p>
          <Title key="waiting" text={t("waiting-title")} />
          <Lost live={live} />
          <CourtWord live={live} />
          <Waiting live={live} />
          {live.hearing.can("see_everyone") ? <Bench live={live} /> : null}
        </Shell>
      );
    default:
      return <Room live={live} />;
  }
}

function Lost({ live }: { live: Live }) {
  return live.connection.state.value === "reconnecting" ? (
    <div class="notice notice--problem" role="status">
      <Icon name="signal" />
      <div>
        <p class="notice__text">{t("banner-reconnecting")}</p>
        <Help />
      </div>
    </div>
  ) : null;
}

function Room({ live }: { live: Live }) {
  const now = useMeasured<HTMLDivElement>("--now");
  const view = live.hearing.view.value;
  if (!view) return null;
  const bench = hasBench(live);
  const quality = live.quality();
  const connected = live.connection.state.value === "connected";
  return (
    <div class={bench ? "room room--bench" : "room"}>
      <SkipLink />
      <header class="room__bar">
        <div class="room__about">
          <div class="room__title">
            <p class="room__case">{view.case_reference}</p>
            <p class="room__name">{view.title}</p>
          </div>
          <p class={`room__quality room__quality--${quality}`} data-testid="quality">
            <Icon name="signal" />
            <span class="govuk-visually-hidden">{t(`quality-${quality}`)}</span>
          </p>
          {live.hearing.can("see_case") ? (
            // The hearing goes on in this tab; browsers copy the session to no tab but one that knows its opener.
            // biome-ignore lint/security/noBlankTarget: with noopener the case file would open without a session
            <a class="room__link" href={`/case/${view.case_id}`} target="_blank" rel="opener">
              {t("case-file")}
              <span class="govuk-visually-hidden"> {t("new-tab")}</span>
            </a>
          ) : null}
          <LanguageChoice />
        </div>
        <div class="room__now" ref={now}>
          <p class="room__state" data-state={connected ? view.state : "unknown"}>
            {connected ? t(`state-${view.state.replaceAll("_", "-")}`) : t("state-unknown")}
          </p>
          <RecordingBadge
            status={view.recording}
            connected={connected}
            apart={isApart(live.hearing.self.value)}
          />
        </div>
      </header>
      <main id="main" class="room__main">
        <Title key="room" text={t("hearing-title", { title: view.title })} visuallyHidden />
        <CourtWord live={live} />
        <Banners live={live} />
        <CaptureNow live={live} />
        <Together live={live} />
        <Onlookers live={live} />
        <div class="room__stage">
          <Tiles live={live} />
        </div>
        <Controls live={live} />
      </main>
      {bench ? <Bench live={live} /> : null}
      <Sound live={live} />
    </div>
  );
}
