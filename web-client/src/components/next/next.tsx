import { isCourt } from "../../core/hearing";
import { isOver } from "../../core/live";
import { t } from "../../core/text";
import type { HearingView, Me, ParticipantView } from "../../core/wire";
import { SEQUESTERED } from "../../core/word";
import { Adjourned } from "../adjourned/adjourned";
import { Icon } from "../icon/icon";

const ROOMS = { in_hearing: "hearing", in_consultation: "consultation", retired: "retired" } as const;

/** The place that somebody has in a room already: from there they come straight back to it. */
function place(self: ParticipantView | undefined): "hearing" | "consultation" | "retired" | null {
  return self && self.state in ROOMS ? ROOMS[self.state as keyof typeof ROOMS] : null;
}

const own = (me: Me, view: HearingView) => view.participants.find((p) => p.id === me.participant);

/** True when nothing of the hearing is open to the person any more. */
export function isOut(me: Me, view: HearingView): boolean {
  const state = own(me, view)?.state;
  return isOver(view) || state === "dismissed" || state === "removed";
}

/** What of oneself reaches the room at the first moment. */
function reaches(self: ParticipantView, publishes: boolean): string {
  if (!publishes) return "join-back-watch";
  const sound = self.microphone && !self.muted;
  if (sound) return self.camera ? "join-back-both" : "join-back-sound";
  return self.camera ? "join-back-picture" : "join-back-nothing";
}

/** For whoever has a place in a room: that the next press brings them back into it, seen and heard. To be read before it. */
export function StraightBack({ me, view }: { me: Me; view: HearingView }) {
  const self = own(me, view);
  const to = place(self);
  if (!self || !to || isOut(me, view)) return null;
  const still = to === "hearing" && view.state !== "in_session";
  return (
    <div class="inset" role="status" data-testid="straight-back" data-place={to}>
      <Icon name="warning" />
      <span>
        {t(`join-back-${to}`)}{" "}
        {t(still ? "join-back-quiet" : reaches(self, me.capabilities.includes("publish")))}
        {to === "hearing" && !still && view.recording !== "off" ? ` ${t("join-back-record")}` : null}
      </span>
    </div>
  );
}

/** What happens after the press, for this person at this moment. */
export function Next({ me, view }: { me: Me; view: HearingView }) {
  const self = own(me, view);
  if (!self || place(self)) return isOver(view) ? <Over view={view} /> : null;
  if (self.state === "removed" || self.state === "dismissed")
    return <p class="govuk-body-l">{t(`ended-${self.state}`)}</p>;
  if (isOver(view)) return <Over view={view} />;
  const publishes = me.capabilities.includes("publish");
  return (
    <>
      <h2 class="govuk-heading-m">{t("join-next-title")}</h2>
      <ol class="govuk-list govuk-list--number" data-testid="join-next">
        {self.state === "waiting" ? (
          <li>{t("join-next-waiting")}</li>
        ) : (
          <li>{t(publishes ? "join-next-check" : "join-next-check-watch")}</li>
        )}
        {self.state !== "waiting" && !isCourt(me.role) ? <li>{t("join-next-wait")}</li> : null}
        {isCourt(me.role) ? <li>{t("join-next-court")}</li> : null}
        {SEQUESTERED.includes(me.role) ? <li>{t("join-next-called")}</li> : null}
        {!isCourt(me.role) && !SEQUESTERED.includes(me.role) && me.role !== "support_officer" ? (
          <li>{t("join-next-hearing")}</li>
        ) : null}
      </ol>
      {view.in_camera && (me.role === "observer" || me.role === "press") ? (
        <p class="govuk-body">{t("waiting-in-camera")}</p>
      ) : null}
    </>
  );
}

function Over({ view }: { view: HearingView }) {
  return (
    <div data-testid="join-over">
      <p class="govuk-body-l">{t(view.state === "closed" ? "join-over-closed" : "join-over-adjourned")}</p>
      {view.adjourned ? <Adjourned adjourned={view.adjourned} /> : null}
    </div>
  );
}
