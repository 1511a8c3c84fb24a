import type { ComponentChildren } from "preact";

/** A part of a page that is read now and then: its heading is always there, the rest when it is opened. */
export function Fold(props: {
  id: string;
  title: string;
  /** What can be said of it in a line without opening it. */
  sum?: string;
  /** Open from the beginning. */
  open?: boolean;
  children: ComponentChildren;
}) {
  return (
    <details class="card fold" data-testid={`fold-${props.id}`} open={props.open}>
      <summary class="fold__summary">
        <h2 id={props.id} class="govuk-heading-m fold__title">
          {props.title}
        </h2>
        {props.sum ? <span class="fold__sum">{props.sum}</span> : null}
      </summary>
      <div class="fold__inside">{props.children}</div>
    </details>
  );
}
