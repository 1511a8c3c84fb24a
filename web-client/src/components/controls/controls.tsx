import { useSignal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import { isCourt } from "../../core/hearing";
import type { Live } from "../../core/live";
import { turned, turns } from "../../core/press";
import { t } from "../../core/text";
import type { Problem } from "../../core/wire";
import { pointOut } from "../banners/banners";
import { DevicesDialog } from "../devices/devices";
import { Dialog } from "../dialog/dialog";
import { Icon, type IconName } from "../icon/icon";
import { useMeasured } from "../measured/measured";
import { ProblemNotice } from "../problem/problem";

interface ControlProps {
  icon: IconName;
  label: string;
  on: boolean;
  testid: string;
  onPress: () => unknown;
  danger?: boolean;
}

function Control(props: ControlProps) {
  const busy = useSignal(false);
  // A switch keeps its place and the focus, so that one can switch back: but not by the press that has just switched it.
  const says = useRef({ on: props.on, since: performance.now() });
  if (says.current.on !== props.on) says.current = { on: props.on, since: performance.now() };
  useEffect(() => turned(says.current.since), [props.on]);
  return (
    <button
      type="button"
      class={`control${props.on ? "" : " control--off"}${props.danger ? " control--danger" : ""}`}
      data-testid={props.testid}
      data-on={props.on}
      aria-busy={busy.value}
      onClick={async (event) => {
        if (busy.value || turns.isTooSoon(says.current.since, event.timeStamp)) return;
        busy.value = true;
        turns.begin(performance.now());
        try {
          await props.onPress();
        } finally {
          busy.value = false;
          turns.end(performance.now());
        }
      }}
    >
      <Icon name={props.icon} />
      <span class="control__label">{props.label}</span>
    </button>
  );
}

/** What a person does for themselves: microphone, camera, screen, hand, leaving. */
export function Controls({ live }: { live: Live }) {
  const box = useMeasured<HTMLElement>("--controls");
  const leaving = useSignal(false);
  const choosing = useSignal(false);
  const explained = useSignal(false);
  const problem = useSignal<Problem | null>(null);
  const self = live.hearing.self.value;
  const problems = live.sources.problems.value;
  const local = live.sources.local.value;
  const can = (c: Parameters<Live["hearing"]["can"]>[0]) => live.hearing.can(c);
  useEffect(() => {
    const entries = live.hearing.acts.value;
    const failed = entries.findLast((e) => e.status === "failed" && e.act.act === "raise_hand");
    if (failed) problem.value = failed.problem;
  }, [live.hearing.acts.value]);
  const mic = live.sources.sends("microphone");
  const camera = live.sources.sends("camera");
  const silenced = self?.muted === true;
  useEffect(() => {
    if (!silenced) explained.value = false;
  }, [silenced]);
  const screen = local.screen !== null;
  const mayShare = can("share_screen") && typeof navigator.mediaDevices?.getDisplayMedia === "function";
  return (
    <section class="controls" ref={box} aria-label={t("controls-label")}>
      {problem.value ? (
        <ProblemNotice problem={problem.value}>
          <button type="button" class="acts__away" onClick={() => (problem.value = null)}>
            {t("put-away")}
          </button>
        </ProblemNotice>
      ) : null}
      {/* The banner says it to those who see: to say it again here would only cover the pictures. */}
      <div role="status" class="govuk-visually-hidden">
        {explained.value ? <p data-testid="silenced-note">{t("silenced-note")}</p> : null}
      </div>
      <div class="controls__row">
        {can("publish") ? (
          <>
            {silenced ? (
              // What the court has taken is not given back by a press; the press says what can be done.
              <Control
                key="silenced"
                icon="mic-off"
                label={t("mic-silenced")}
                on={false}
                testid="mic-toggle"
                onPress={() => {
                  explained.value = true;
                  pointOut("muted");
                }}
              />
            ) : (
              <Control
                key="mic"
                icon={mic ? "mic" : "mic-off"}
                label={t(
                  mic
                    ? "mic-turn-off"
                    : problems.microphone && !local.microphone
                      ? "mic-none"
                      : "mic-turn-on",
                )}
                on={mic}
                testid="mic-toggle"
                onPress={() => live.setSource("microphone", !mic)}
              />
            )}
            <Control
              icon={camera ? "camera" : "camera-off"}
              label={t(
                camera
                  ? "camera-turn-off"
                  : problems.camera && !local.camera
                    ? "camera-none"
                    : "camera-turn-on",
              )}
              on={camera}
              testid="camera-toggle"
              onPress={() => live.setSource("camera", !camera)}
            />
          </>
        ) : null}
        {mayShare ? (
          <Control
            icon="screen"
            label={screen ? t("screen-stop") : t("screen-share")}
            on={!screen}
            testid="screen-toggle"
            onPress={async () => {
              problem.value = await live.shareScreen(!screen);
            }}
          />
        ) : null}
        {can("raise_hand") ? (
          <Control
            icon="hand"
            label={self?.hand_raised ? t("hand-down") : t("hand-up")}
            on={!self?.hand_raised}
            testid="raise-hand"
            onPress={() => live.act({ act: "raise_hand", up: !self?.hand_raised })}
          />
        ) : null}
        <Control
          icon="settings"
          label={t(can("publish") ? "devices" : "devices-title-watch")}
          on
          testid="devices"
          onPress={() => {
            choosing.value = true;
          }}
        />
        <Control
          icon="leave"
          label={t("leave")}
          on
          danger
          testid="leave"
          onPress={() => {
            leaving.value = true;
          }}
        />
      </div>
      {choosing.value ? <DevicesDialog live={live} onDone={() => (choosing.value = false)} /> : null}
      {leaving.value ? (
        <Dialog
          title={t("leave-title")}
          confirm={t("leave-confirm")}
          danger
          onCancel={() => {
            leaving.value = false;
          }}
          onConfirm={() => {
            leaving.value = false;
            void live.leave();
          }}
        >
          <p class="govuk-body">{t(self && isCourt(self.role) ? "leave-text-court" : "leave-text")}</p>
        </Dialog>
      ) : null}
    </section>
  );
}
