import { useSignal } from "@preact/signals";
import { byRank, testifies } from "../../core/hearing";
import type { Live } from "../../core/live";
import { t } from "../../core/text";
import type { HearingView, ParticipantId, ParticipantView } from "../../core/wire";
import { SEQUESTERED } from "../../core/word";
import { ActButton } from "../act-button/act-button";
import { Dialog } from "../dialog/dialog";
import { Icon } from "../icon/icon";
import { consultations, mayConsult } from "./consultation";
import { keptFrom, mayBeScreened, ScreeningDialog, WATCHING } from "./screening";

export interface Groups {
  waiting: ParticipantView[];
  here: ParticipantView[];
  apart: ParticipantView[];
  absent: ParticipantView[];
  gone: ParticipantView[];
}

/** The people by where they are. */
export function groups(view: HearingView, self: ParticipantId | null): Groups {
  const all = [...view.participants].sort(byRank);
  const of = (...states: ParticipantView["state"][]) => all.filter((p) => states.includes(p.state));
  return {
    waiting: of("waiting"),
    // Whoever gives evidence comes first: the next act is about them. With oneself one does nothing here.
    here: of("in_hearing").sort(
      (a, b) => Number(testifies(b)) - Number(testifies(a)) || Number(a.id === self) - Number(b.id === self),
    ),
    apart: of("in_consultation", "retired"),
    absent: of("invited", "checking_equipment"),
    gone: of("dismissed", "removed"),
  };
}

/** Who waits, who is in, who is still to come. */
export function People({ live }: { live: Live }) {
  const removing = useSignal<ParticipantView | null>(null);
  const screening = useSignal<ParticipantView | null>(null);
  const view = live.hearing.view.value;
  if (!view) return null;
  const by = groups(view, live.hearing.you.value?.participant ?? null);
  const list = (id: keyof Groups, people: ParticipantView[], always = false) =>
    people.length > 0 || always ? (
      <section class="bench__part" aria-labelledby={`people-${id}`}>
        <h2 id={`people-${id}`} class="bench__heading">
          {t(`people-${id}`)}
          <span class="bench__count">{people.length}</span>
        </h2>
        {people.length === 0 ? <p class="bench__none">{t(`people-${id}-none`)}</p> : null}
        <ul class="people">
          {people.map((p) => (
            <Person
              key={p.id}
              live={live}
              view={view}
              person={p}
              onRemove={() => (removing.value = p)}
              onScreening={() => (screening.value = p)}
            />
          ))}
        </ul>
      </section>
    ) : null;
  return (
    <>
      {list("waiting", by.waiting, true)}
      {list("here", by.here)}
      {list("apart", by.apart)}
      {list("absent", by.absent)}
      {list("gone", by.gone)}
      {removing.value ? (
        <RemoveDialog live={live} person={removing.value} onDone={() => (removing.value = null)} />
      ) : null}
      {screening.value ? (
        <ScreeningDialog
          live={live}
          view={view}
          person={screening.value}
          onDone={() => (screening.value = null)}
        />
      ) : null}
    </>
  );
}

interface PersonProps {
  live: Live;
  view: HearingView;
  person: ParticipantView;
  onRemove: () => void;
  onScreening: () => void;
}

function Person(props: PersonProps) {
  const { live, view, person: p } = props;
  const isSelf = p.id === live.hearing.you.value?.participant;
  return (
    <li class="person" data-person={p.id} data-state={p.state}>
      <div class="person__head">
        <p class="person__name">
          {p.name}
          {isSelf ? <span class="tile__you">{t("tile-you")}</span> : null}
        </p>
        <p class="person__role">{t(`role-${p.role}`)}</p>
        <ul class="person__signs">
          {p.hand_raised ? (
            <li class="sign sign--hand">
              <Icon name="hand" />
              {t("sign-hand")}
            </li>
          ) : null}
          {p.state === "checking_equipment" && p.connected ? (
            <li class="sign">{t("sign-checking")}</li>
          ) : null}
          {p.state === "removed" ? <li class="sign sign--warn">{t("sign-removed")}</li> : null}
          {p.testimony ? <li class="sign">{t(`testimony-${p.testimony}`)}</li> : null}
          {p.muted ? (
            <li class="sign sign--warn">
              <Icon name="mic-off" />
              {t("sign-muted")}
            </li>
          ) : null}
          {p.kept_from.length > 0 ? (
            <li class="sign" data-testid="kept-from">
              <Icon name="lock" />
              {t("sign-kept-from", { names: keptFrom(p, view) })}
            </li>
          ) : null}
          {p.consultation !== null ? (
            <li class="sign" data-testid="consultation">
              <Icon name="lock" />
              {t("sign-consultation", { number: p.consultation })}
            </li>
          ) : null}
          {p.equipment_ok === false && p.state === "waiting" ? (
            <li class="sign sign--warn">{t("sign-equipment")}</li>
          ) : null}
          {!p.connected && (p.room || p.state === "checking_equipment") ? (
            <li class="sign sign--warn" data-testid="lost">
              <Icon name="signal" />
              {t(p.room ? "sign-lost" : "sign-check-left")}
            </li>
          ) : null}
        </ul>
      </div>
      <PersonActs {...props} isSelf={isSelf} />
    </li>
  );
}

function PersonActs(props: PersonProps & { isSelf: boolean }) {
  const { live, view, person: p, isSelf } = props;
  const can = (c: Parameters<Live["hearing"]["can"]>[0]) => live.hearing.can(c);
  const over = view.state === "adjourned" || view.state === "closed";
  if (over) return null;
  const participant = p.id;
  const absent = p.state === "invited" || p.state === "checking_equipment";
  const sequestered = SEQUESTERED.includes(p.role);
  const waiting = p.state === "waiting";
  const here = p.state === "in_hearing";
  const gone = p.state === "dismissed" || p.state === "removed";
  const move = can("admit") && !isSelf && !gone && !absent;
  const screen = can("screening") && mayBeScreened(p) && !gone;
  const back =
    p.state === "in_consultation" || p.state === "retired" ? (
      <ActButton
        live={live}
        act={{ act: "move", participant, room: "hearing_room" }}
        label={t("person-back")}
        about={p.name}
        testid={`back-${participant}`}
      />
    ) : null;
  // Whoever raises a hand in a room apart asks for something: the way back is at hand.
  const asks = p.hand_raised && move;
  return (
    <div class="person__acts">
      {waiting && sequestered && can("examine") && view.state === "in_session" ? (
        <ActButton
          live={live}
          act={{ act: "call", participant }}
          label={t("person-call")}
          about={p.name}
          variant="primary"
          testid={`call-${participant}`}
        />
      ) : null}
      {waiting && !sequestered && p.role !== "support_officer" && can("admit") ? (
        <ActButton
          live={live}
          act={{ act: "admit", participant }}
          label={t("person-admit")}
          about={p.name}
          variant="primary"
          testid={`admit-${participant}`}
        />
      ) : null}
      {here && sequestered && can("examine") ? <TestimonyActs live={live} person={p} /> : null}
      {here && !isSelf && can("mute") && !WATCHING.includes(p.role) ? (
        <ActButton
          live={live}
          act={{ act: "mute", participant, muted: !p.muted }}
          label={p.muted ? t("person-unmute") : t("person-mute")}
          about={p.name}
          testid={`mute-${participant}`}
        />
      ) : null}
      {asks ? back : null}
      {gone && can("admit") ? (
        <ActButton
          live={live}
          act={{ act: "send_to_waiting", participant }}
          label={t("person-readmit")}
          about={p.name}
          testid={`readmit-${participant}`}
        />
      ) : null}
      {move || screen ? (
        <details class="person__more">
          <summary>
            {t("person-more")}
            <span class="govuk-visually-hidden"> {p.name}</span>
          </summary>
          <div class="person__acts">
            {screen ? (
              <button
                type="button"
                class="govuk-button govuk-button--secondary act"
                data-testid={`keep-from-${participant}`}
                onClick={props.onScreening}
              >
                {t("person-screening")}
                <span class="govuk-visually-hidden"> {p.name}</span>
              </button>
            ) : null}
            {here && can("examine") && p.testimony === "called" ? <Oaths live={live} person={p} /> : null}
            {asks ? null : back}
            {here && mayConsult(p) ? (
              <ActButton
                live={live}
                act={{ act: "move", participant, room: "consultation_room" }}
                label={t("person-consult")}
                about={p.name}
                testid={`consult-${participant}`}
              />
            ) : null}
            {(here || p.consultation !== null) && mayConsult(p)
              ? consultations(view, p).map(({ number, people }) => (
                  <ActButton
                    key={number}
                    live={live}
                    act={{
                      act: "move",
                      participant,
                      room: "consultation_room",
                      with: people[0]?.id ?? participant,
                    }}
                    label={t("person-consult-with", { names: people.map((q) => q.name).join(", ") })}
                    about={p.name}
                    testid={`consult-${participant}-${number}`}
                  />
                ))
              : null}
            {here ? (
              <ActButton
                live={live}
                act={{ act: "send_to_waiting", participant }}
                label={t("person-send-to-waiting")}
                about={p.name}
                testid={`send-to-waiting-${participant}`}
              />
            ) : null}
            {move ? (
              <ActButton
                live={live}
                act={{ act: "dismiss", participant }}
                label={t("person-dismiss")}
                about={p.name}
                testid={`dismiss-${participant}`}
              />
            ) : null}
            {move && can("remove") && p.role !== "judge" ? (
              <button
                type="button"
                class="govuk-button govuk-button--warning act"
                data-testid={`remove-${participant}`}
                onClick={props.onRemove}
              >
                {t("person-remove")}
                <span class="govuk-visually-hidden"> {p.name}</span>
              </button>
            ) : null}
          </div>
        </details>
      ) : null}
    </div>
  );
}

/** The two ways of being bound to the truth. */
function Oaths({ live, person: p }: { live: Live; person: ParticipantView }) {
  const participant = p.id;
  return (
    <>
      <ActButton
        live={live}
        act={{ act: "swear", participant, form: "oath" }}
        label={t("person-oath")}
        about={p.name}
        variant={p.testimony === "identified" ? "primary" : "secondary"}
        testid={`swear-${participant}`}
      />
      <ActButton
        live={live}
        act={{ act: "swear", participant, form: "affirmation" }}
        label={t("person-affirm")}
        about={p.name}
        testid={`affirm-${participant}`}
      />
    </>
  );
}

/**
 * The steps of a testimony in the order in which courts take them: the next one is offered, and the release. Some check
 * the identity after the oath: for them the oath stands under "More" until then.
 */
function TestimonyActs({ live, person: p }: { live: Live; person: ParticipantView }) {
  const participant = p.id;
  const bound = p.testimony === "sworn" || p.testimony === "affirmed";
  return (
    <>
      {p.testimony === "called" ? (
        <ActButton
          live={live}
          act={{ act: "identify", participant }}
          label={t("person-identify")}
          about={p.name}
          variant="primary"
          testid={`identify-${participant}`}
        />
      ) : null}
      {p.testimony === "identified" ? <Oaths live={live} person={p} /> : null}
      <ActButton
        live={live}
        act={{ act: "release", participant }}
        label={t("person-release")}
        about={p.name}
        variant={bound ? "primary" : "secondary"}
        testid={`release-${participant}`}
      />
    </>
  );
}

function RemoveDialog({ live, person, onDone }: { live: Live; person: ParticipantView; onDone: () => void }) {
  const reason = useSignal("");
  return (
    <Dialog
      title={t("remove-title", { name: person.name })}
      confirm={t("remove-confirm")}
      danger
      onCancel={onDone}
      onConfirm={() => {
        onDone();
        void live.act({ act: "remove", participant: person.id, reason: reason.value.trim() });
      }}
    >
      <p class="govuk-body">{t("remove-text")}</p>
      <div class="govuk-form-group">
        <label class="govuk-label" for="remove-reason">
          {t("reason")}
        </label>
        <input
          id="remove-reason"
          class="govuk-input"
          required
          maxLength={500}
          value={reason.value}
          onInput={(event) => (reason.value = event.currentTarget.value)}
        />
      </div>
    </Dialog>
  );
}
