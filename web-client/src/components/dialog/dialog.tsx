import type { ComponentChildren } from "preact";
import { useEffect, useId, useRef } from "preact/hooks";
import { t } from "../../core/text";

export interface DialogProps {
  title: string;
  confirm: string;
  /** What the way back is called, where "Cancel" could be misread. */
  cancel?: string;
  danger?: boolean;
  children?: ComponentChildren;
  onConfirm: () => void;
  /** Without it there is nothing to cancel: one button closes. */
  onCancel?: () => void;
}

/**
 * A question that must be answered first. The browser's own dialog keeps the focus inside and gives it back; when what
 * opened it is gone by then, the focus goes to the heading of the page rather than nowhere.
 */
export function Dialog(props: DialogProps) {
  const dialog = useRef<HTMLDialogElement>(null);
  const cancel = useRef<HTMLButtonElement>(null);
  const title = useId();
  useEffect(() => {
    const element = dialog.current;
    const opener = document.activeElement;
    element?.showModal();
    // A field is what one came for; without one, a second press of Enter must not do what cannot be undone.
    const first = element?.querySelector<HTMLElement>("input, textarea, select") ?? cancel.current;
    first?.focus();
    return () => {
      element?.close();
      const back = opener instanceof HTMLElement && opener.isConnected && opener !== document.body;
      if (!back) document.querySelector<HTMLElement>("h1")?.focus();
      else if (document.activeElement !== opener) opener.focus();
    };
  }, []);
  return (
    <dialog
      ref={dialog}
      class="dialog"
      aria-labelledby={title}
      onCancel={(event) => {
        event.preventDefault();
        (props.onCancel ?? props.onConfirm)();
      }}
    >
      <form
        method="dialog"
        onSubmit={(event) => {
          event.preventDefault();
          props.onConfirm();
        }}
      >
        <h2 id={title} class="govuk-heading-m">
          {props.title}
        </h2>
        {props.children}
        <div class="dialog__buttons">
          <button
            type="submit"
            class={props.danger ? "govuk-button govuk-button--warning" : "govuk-button"}
            data-testid="confirm"
          >
            {props.confirm}
          </button>
          {props.onCancel ? (
            <button
              ref={cancel}
              type="button"
              class="govuk-button govuk-button--secondary"
              onClick={props.onCancel}
            >
              {props.cancel ?? t("cancel")}
            </button>
          ) : null}
        </div>
      </form>
    </dialog>
  );
}
