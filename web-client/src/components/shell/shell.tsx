import type { ComponentChildren } from "preact";
import { useEffect, useRef } from "preact/hooks";
import { useApp } from "../../app/context";
import { go } from "../../app/route";
import { t } from "../../core/text";
import { Help } from "../help/help";
import { LanguageChoice } from "../language/language";

/** Title of the browser's tab, and the focus on the heading when one page follows another. */
export function Title({ text, visuallyHidden }: { text: string; visuallyHidden?: boolean }) {
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => {
    document.title = `${text} – Oyer`;
  }, [text]);
  useEffect(() => {
    // At the very first page the focus stays where the browser put it; afterwards the new heading is read out.
    if (document.body.dataset.shown === "yes") heading.current?.focus();
    document.body.dataset.shown = "yes";
  }, []);
  return (
    <h1 ref={heading} tabIndex={-1} class={visuallyHidden ? "govuk-visually-hidden" : "govuk-heading-l"}>
      {text}
    </h1>
  );
}

/** A link within the page, which does not load it anew. */
export function Link(props: { href: string; class?: string; testid?: string; children: ComponentChildren }) {
  return (
    <a
      href={props.href}
      class={props.class ?? "govuk-link"}
      data-testid={props.testid}
      onClick={(event) => {
        if (event.ctrlKey || event.metaKey || event.shiftKey || event.button !== 0) return;
        event.preventDefault();
        go(props.href);
      }}
    >
      {props.children}
    </a>
  );
}

export function SkipLink() {
  return (
    <a href="#main" class="govuk-skip-link">
      {t("skip-to-content")}
    </a>
  );
}

/** The frame of every page but the hearing itself. */
export function Shell({ children, wide }: { children: ComponentChildren; wide?: boolean }) {
  const { session } = useApp();
  const me = session.current.value?.me;
  return (
    <div class="shell">
      <SkipLink />
      <header class="bar">
        <div class="bar__inner">
          <Link href="/" class="bar__brand">
            <span class="bar__mark" aria-hidden="true" />
            {t("brand")}
          </Link>
          {me ? (
            <p class="bar__who">
              {me.name}, {t(`role-${me.role}`)}
            </p>
          ) : null}
          <LanguageChoice />
        </div>
      </header>
      <main id="main" class={wide ? "page page--wide" : "page"}>
        {children}
      </main>
      <footer class="foot">
        <Help />
        <p>{t("footer")}</p>
      </footer>
    </div>
  );
}
