import { useSignal } from "@preact/signals";
import { useApp } from "../../app/context";
import { useLoaded } from "../../app/load";
import { problemOf } from "../../core/api";
import { linksOf } from "../../core/invitations";
import { t } from "../../core/text";
import type { Hearing, IssuedInvitation, Participant, Problem } from "../../core/wire";
import { ProblemNotice } from "../problem/problem";
import { AddPerson } from "./add-person";
import { IssuedLink } from "./issued-link";
import { NewLink } from "./new-link";

/** The people expected at a hearing, and their links. Of a link that was made before only its state is known. */
export function Invitations({ hearing }: { hearing: Hearing }) {
  const { api } = useApp();
  const people = useLoaded(() => api.participants(hearing.id), [hearing.id]);
  const issued = useLoaded(() => api.invitations(hearing.id), [hearing.id]);
  const problem = people.problem.value ?? issued.problem.value;
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
            onChanged={() => issued.again()}
          />
        ))}
      </ul>
      <AddPerson hearing={hearing.id} onAdded={() => void people.again()} />
    </div>
  );
}

function PersonRow(props: {
  hearing: Hearing;
  person: Participant;
  /** Null while it is not known what was made before. */
  issued: IssuedInvitation[] | null;
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
      {issued && links.open.length === 0 ? <p class="issued__when">{t("invite-none")}</p> : null}
      <ul class="issued">
        {links.open.map((i) => (
          <IssuedLink key={i.id} invitation={i} person={person} onRevoke={() => revoke(i.id)} />
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
      <NewLink hearing={props.hearing} person={person} issued={issued ?? []} onMade={props.onChanged} />
    </li>
  );
}
