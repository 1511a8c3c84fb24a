import { useSignal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import { Icon } from "../src/components/icon/icon";
import { LanguageChoice } from "../src/components/language/language";
import { language, t } from "../src/core/text";
import { type Chosen, chosenFolder, chosenTar, dropped } from "./chosen";
import { colons } from "./core/bytes";
import type { Report } from "./core/report";
import { SourceError } from "./core/source";
import type { Answer, Task } from "./core/worker";
import VerifierWorker from "./core/worker?worker&inline";
import { CertificateError, certificatesOf, fingerprint, subjectOf } from "./core/x509";
import { FileButton, Step } from "./file-button";
import { type ChosenKeys, LogStep } from "./log-step";
import { Verdicts } from "./report";

const PEM_BYTES_MAX = 1024 * 1024;

/** A certificate file that the person chose. */
interface Root {
  name: string;
  pem: Uint8Array;
  /** Subject and fingerprint of each certificate in it. */
  holds: { subject: string; fingerprint: string }[];
}

interface Trouble {
  code: string;
  why: string;
}

export function Page() {
  const chosen = useSignal<Chosen | null>(null);
  const root = useSignal<Root | null>(null);
  const timeRoot = useSignal<Root | null>(null);
  const logKeys = useSignal<ChosenKeys | null>(null);
  const stored = useSignal(false);
  const trouble = useSignal<Trouble | null>(null);
  const report = useSignal<Report | null>(null);
  const progress = useSignal<{ done: number; total: number } | null>(null);
  const running = useRef<Worker | null>(null);
  /** How often something was chosen: only the last choice counts. */
  const choices = useRef(0);
  const top = useRef<HTMLDivElement>(null);
  const code = language.value;
  useEffect(() => {
    document.title = t("verifier-title");
  }, [code]);
  useEffect(() => {
    if (report.value) top.current?.querySelector<HTMLElement>("#outcome")?.focus();
  }, [report.value]);

  const stop = () => {
    running.current?.terminate();
    running.current = null;
    progress.value = null;
  };
  /** Another choice: what was found before is not of it. */
  const anew = () => {
    stop();
    report.value = null;
    trouble.value = null;
  };
  const choose = async (choice: () => Chosen | null | Promise<Chosen | null>) => {
    anew();
    chosen.value = null;
    choices.current += 1;
    const turn = choices.current;
    try {
      const found = await choice();
      // A large folder takes a while, and meanwhile another may have been chosen.
      if (turn !== choices.current) return;
      chosen.value = found;
      if (!found) trouble.value = { code: "dropped", why: "" };
    } catch (error) {
      if (turn !== choices.current) return;
      const why = error instanceof Error ? error.message : String(error);
      trouble.value = { code: error instanceof SourceError ? error.code : "other", why };
    }
  };
  const start = () => {
    if (!chosen.value || running.current) return;
    anew();
    progress.value = { done: 0, total: 0 };
    const worker = new VerifierWorker();
    running.current = worker;
    const ended = (found: Trouble | Report) => {
      if (running.current !== worker) return;
      stop();
      if ("checks" in found) report.value = found;
      else trouble.value = found;
    };
    worker.onmessage = ({ data }: MessageEvent<Answer>) => {
      if (data.kind === "progress") progress.value = data;
      else ended(data.kind === "report" ? data.report : data);
    };
    worker.onerror = (event) => ended({ code: "other", why: event.message });
    const task: Task = {
      bundle: chosen.value.bundle,
      root: root.value?.pem ?? null,
      timeRoot: timeRoot.value?.pem ?? null,
      logKeys: logKeys.value?.text ?? null,
      stored: stored.value,
      now: Date.now(),
    };
    worker.postMessage(task);
  };

  return (
    <div class="shell">
      <header class="bar">
        <div class="bar__inner">
          <span class="bar__brand">
            <span class="bar__mark" aria-hidden="true" />
            {t("brand")}
          </span>
          <LanguageChoice />
        </div>
      </header>
      <main
        id="main"
        class="page"
        onDragOver={(event) => event.preventDefault()}
        onDrop={(event) => {
          event.preventDefault();
          const items = event.dataTransfer?.items;
          if (items) void choose(() => dropped(items));
        }}
      >
        <h1 class="govuk-heading-l">{t("verifier-title")}</h1>
        <p class="govuk-body">{t("verifier-lead")}</p>
        <p class="inset">
          <Icon name="lock" />
          <span>{t("verifier-offline")}</span>
        </p>
        <div ref={top} aria-live="polite">
          {trouble.value ? <TroubleNotice trouble={trouble.value} /> : null}
          {report.value ? <Verdicts report={report.value} /> : null}
        </div>
        <Step title={t("verifier-bundle")} hint={t("verifier-bundle-hint")}>
          <div class="verifier__buttons">
            <FileButton
              testid="tar"
              text={t("verifier-choose-tar")}
              accept=".tar"
              onFiles={(files) => choose(() => (files[0] ? chosenTar(files[0]) : null))}
            />
            <FileButton
              testid="folder"
              text={t("verifier-choose-folder")}
              folder
              onFiles={(files) => choose(() => chosenFolder(files))}
            />
          </div>
          <p class="verifier__chosen" aria-live="polite" data-testid="chosen">
            {chosen.value ? t("verifier-chosen", { name: chosen.value.name }) : t("verifier-nothing-chosen")}
          </p>
          <div class="govuk-checkboxes govuk-checkboxes--small verifier__stored">
            <div class="govuk-checkboxes__item">
              <input
                id="stored"
                class="govuk-checkboxes__input"
                type="checkbox"
                checked={stored.value}
                onChange={({ currentTarget }) => {
                  anew();
                  stored.value = currentTarget.checked;
                }}
              />
              <label class="govuk-label govuk-checkboxes__label" for="stored">
                {t("verifier-stored")}
              </label>
            </div>
          </div>
        </Step>
        <RootStep kind="root" root={root} onChange={anew} />
        <RootStep kind="time-root" root={timeRoot} onChange={anew} />
        <LogStep keys={logKeys} onChange={anew} />
        {progress.value ? (
          <div class="access__progress">
            <label for="progress">{progressText(progress.value)}</label>
            <progress
              id="progress"
              max={1}
              value={progress.value.total > 0 ? progress.value.done / progress.value.total : 0}
            />
            <button
              type="button"
              class="govuk-button govuk-button--secondary"
              onClick={stop}
              data-testid="cancel"
            >
              {t("verifier-cancel")}
            </button>
          </div>
        ) : (
          <div class="verifier__start">
            {root.value ? null : <p class="govuk-body">{t("verifier-without-root")}</p>}
            <button
              type="button"
              class="govuk-button"
              aria-disabled={!chosen.value}
              aria-describedby={chosen.value ? undefined : "need"}
              onClick={start}
              data-testid="verify"
            >
              {t("verifier-start")}
            </button>
            {chosen.value ? null : (
              <p id="need" class="govuk-hint">
                {t("verifier-need")}
              </p>
            )}
          </div>
        )}
      </main>
    </div>
  );
}

function progressText({ done, total }: { done: number; total: number }): string {
  if (total === 0) return t("verifier-preparing");
  return t("verifier-progress", { percent: Math.floor((100 * done) / total) });
}

const TROUBLES = new Set(["no-bundle", "several", "too-many", "tar", "dropped"]);

function TroubleNotice({ trouble }: { trouble: Trouble }) {
  return (
    <div class="notice notice--problem" role="alert" data-testid="trouble">
      <Icon name="warning" />
      <div>
        <p class="notice__text">
          {t(`verifier-trouble-${TROUBLES.has(trouble.code) ? trouble.code : "other"}`)}
        </p>
        {trouble.why ? (
          <details class="checks__detail">
            <summary>{t("verify-detail")}</summary>
            <span lang="en">{trouble.why}</span>
          </details>
        ) : null}
      </div>
    </div>
  );
}

function RootStep(props: { kind: "root" | "time-root"; root: { value: Root | null }; onChange: () => void }) {
  const { kind, root } = props;
  const wrong = useSignal<string | null>(null);
  const choices = useRef(0);
  const read = async (file: File) => {
    props.onChange();
    root.value = null;
    wrong.value = null;
    choices.current += 1;
    const turn = choices.current;
    try {
      if (file.size > PEM_BYTES_MAX) throw new CertificateError("it is too large");
      const pem = new Uint8Array(await file.arrayBuffer());
      const certificates = certificatesOf(pem);
      const holds = await Promise.all(
        certificates.map(async (one) => ({
          subject: subjectOf(one),
          fingerprint: colons(await fingerprint(one)),
        })),
      );
      if (turn !== choices.current) return;
      // What was begun while the file was being read was begun without it.
      props.onChange();
      root.value = { name: file.name, pem, holds };
    } catch (error) {
      if (turn !== choices.current) return;
      wrong.value = error instanceof Error ? error.message : String(error);
    }
  };
  return (
    <Step title={t(`verifier-${kind}`)} hint={t(`verifier-${kind}-hint`)}>
      <FileButton
        testid={kind}
        text={t("verifier-choose-certificate")}
        accept=".pem,.crt,.cer"
        onFiles={(files) => {
          if (files[0]) void read(files[0]);
        }}
      />
      <div aria-live="polite" data-testid={`${kind}-chosen`}>
        {wrong.value ? (
          <p class="notice notice--problem">
            <Icon name="warning" />
            <span>{t("verifier-no-certificate")}</span>
          </p>
        ) : null}
        {root.value ? (
          <>
            <p class="verifier__chosen">{t("verifier-chosen", { name: root.value.name })}</p>
            {root.value.holds.map(({ subject, fingerprint }) => (
              <dl key={fingerprint} class="verifier__facts">
                <div>
                  <dt>{t("verifier-certificate-of")}</dt>
                  <dd>{subject}</dd>
                </div>
                <div>
                  <dt>{t("verifier-fact-fingerprint")}</dt>
                  <dd>
                    <code>{fingerprint}</code>
                  </dd>
                </div>
              </dl>
            ))}
          </>
        ) : null}
      </div>
    </Step>
  );
}
