import { useSignal } from "@preact/signals";
import { useApp } from "../../app/context";
import { useLoaded } from "../../app/load";
import { problemOf } from "../../core/api";
import { isOver, linksOf } from "../../core/invitations";
import { t } from "../../core/text";
import type { Hearing, IssuedInvitation, Participant, Problem } from "../../core/wire";
import { ProblemNotice } from "../problem/problem";
import { AddPerson } from "./add-person";
import { IssuedLink } from "./issued-link";
import { NewLink } from "./new-link";

/** The people expected at a hearing, and their links. Of a link that was made before only its state is known. */
export function Invitations({ hearing }: { hearing: Hearing }) {
  const { api, session } = useApp();
  const people = useLoaded(() => api.participants(hearing.id), [hearing.id]);
  const issued = useLoaded(() => api.invitations(hearing.id), [hearing.id]);
  const over = isOver(hearing);
  // Who was put out is known of the hearing that one has a place in oneself.
  const asks = session.current.value?.me.hearing === hearing.id;
  const now = useLoaded(async () => (asks ? (await api.now(hearing.id)).hearing : null), [hearing.id, asks]);
  const removed = (id: string) =>
    now.value.value?.participants.some((p) => p.id === id && p.state === "removed") === true;
  const problem = people.problem.value ?? issued.problem.value ?? now.problem.value;
  return (
    <div>
      {problem ? <ProblemNotice problem={problem} /> : null}
      <ul class="cases">
        {people.value.value?.map((p) => (
          <PersonRow
            key={p.id}
            hearing={hearing}
            person={p}
            issued={issued.value.value}
            removed={removed(p.id)}
            onChanged={() => issued.again()}
          />
        ))}
      </ul>
      {over ? (
        <p class="govuk-body">{t("invite-over-hearing")}</p>
      ) : (
        <AddPerson hearing={hearing.id} onAdded={() => void people.again()} />
      )}
    </div>
  );
}

function PersonRow(props: {
  hearing: Hearing;
  person: Participant;
  /** Null while it is not known what was made before. */
  issued: IssuedInvitation[] | null;
  /** Put out of the hearing: until they are let back no link opens. */
  removed: boolean;
  onChanged: () => Promise<void>;
}) {
  const { api } = useApp();
  const { person, issued } = props;
  const problem = useSignal<Problem | null>(null);
  const links = linksOf(issued ?? [], person.id);
  const revoke = async (id: string) => {
    try {
      problem.value = null;
      await api.revoke(id);
    } catch (error) {
      problem.value = problemOf(error);
    }
    await props.onChanged();
  };
  return (
    <li class="cases__row" data-testid="invited" data-participant={person.id}>
      <span>
        <strong>{person.name}</strong>, {t(`role-${person.role}`)}
      </span>
      {problem.value ? <ProblemNotice problem={problem.value} /> : null}
      {props.removed ? (
        <p class="issued__when" data-testid="invite-removed">
          {t("invite-removed")}
        </p>
      ) : null}
      {issued && links.open.length === 0 && !props.removed ? (
        <p class="issued__when">{t("invite-none")}</p>
      ) : null}
      <ul class="issued">
        {links.open.map((i) => (
          <IssuedLink
            key={i.id}
            invitation={i}
            person={person}
            barred={props.removed}
            onRevoke={() => revoke(i.id)}
          />
        ))}
      </ul>
      {links.over.length > 0 ? (
        <details class="issued__over">
          <summary>
            {t("invite-over", { count: links.over.length })}
            <span class="govuk-visually-hidden"> {person.name}</span>
          </summary>
          <ul class="issued">
            {links.over.map((i) => (
              <IssuedLink key={i.id} invitation={i} person={person} />
            ))}
          </ul>
        </details>
      ) : null}
      {isOver(props.hearing) ? null : (
        <NewLink hearing={props.hearing} person={person} issued={issued ?? []} onMade={props.onChanged} />
      )}
    </li>
  );
}
