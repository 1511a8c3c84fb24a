import type { ComponentChildren } from "preact";
import { useRef } from "preact/hooks";

export function Step({
  title,
  hint,
  children,
}: {
  title: string;
  hint: string;
  children: ComponentChildren;
}) {
  return (
    <section class="card">
      <h2 class="govuk-heading-m">{title}</h2>
      <p class="govuk-body">{hint}</p>
      {children}
    </section>
  );
}

/** A button that asks for a file or a folder, in the words of the page and not of the browser. */
export function FileButton(props: {
  testid: string;
  text: string;
  accept?: string;
  folder?: boolean;
  onFiles: (files: FileList) => void;
}) {
  const input = useRef<HTMLInputElement>(null);
  return (
    <>
      <input
        ref={input}
        type="file"
        hidden
        accept={props.accept}
        data-testid={`${props.testid}-input`}
        {...(props.folder ? { webkitdirectory: true } : {})}
        onChange={({ currentTarget }) => {
          if (currentTarget.files && currentTarget.files.length > 0) props.onFiles(currentTarget.files);
        }}
      />
      <button
        type="button"
        class="govuk-button govuk-button--secondary"
        data-testid={props.testid}
        onClick={() => {
          // The same file chosen once more is read once more.
          if (input.current) input.current.value = "";
          input.current?.click();
        }}
      >
        {props.text}
      </button>
    </>
  );
}
