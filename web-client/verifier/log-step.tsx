import { useSignal } from "@preact/signals";
import { useRef } from "preact/hooks";
import { Icon } from "../src/components/icon/icon";
import { t } from "../src/core/text";
import { KEYS_BYTES_MAX, keysOf, LogError, type LogKey } from "./core/log";
import { FileButton, Step } from "./file-button";

/** A file of keys that the person chose. */
export interface ChosenKeys {
  name: string;
  text: Uint8Array;
  holds: LogKey[];
}

/** Asks for the keys of the court's log and of those who watch over it. */
export function LogStep({ keys, onChange }: { keys: { value: ChosenKeys | null }; onChange: () => void }) {
  const wrong = useSignal(false);
  const choices = useRef(0);
  const read = async (file: File) => {
    onChange();
    keys.value = null;
    wrong.value = false;
    choices.current += 1;
    const turn = choices.current;
    try {
      if (file.size > KEYS_BYTES_MAX) throw new LogError("it is too large");
      const text = new Uint8Array(await file.arrayBuffer());
      const holds = await keysOf(text);
      if (turn !== choices.current) return;
      // What was begun while the file was being read was begun without it.
      onChange();
      keys.value = { name: file.name, text, holds };
    } catch {
      if (turn === choices.current) wrong.value = true;
    }
  };
  return (
    <Step title={t("verifier-log-keys")} hint={t("verifier-log-keys-hint")}>
      <FileButton
        testid="log-keys"
        text={t("verifier-choose-keys")}
        accept=".txt,.vkey,.pub"
        onFiles={(files) => {
          if (files[0]) void read(files[0]);
        }}
      />
      <div aria-live="polite" data-testid="log-keys-chosen">
        {wrong.value ? (
          <p class="notice notice--problem">
            <Icon name="warning" />
            <span>{t("verifier-no-keys")}</span>
          </p>
        ) : null}
        {keys.value ? (
          <>
            <p class="verifier__chosen">{t("verifier-chosen", { name: keys.value.name })}</p>
            <dl class="verifier__facts">
              {keys.value.holds.map(({ kind, name }, i) => (
                <div key={i}>
                  <dt>{t(`verifier-key-of-${kind}`)}</dt>
                  <dd>
                    <code>{name}</code>
                  </dd>
                </div>
              ))}
            </dl>
          </>
        ) : null}
      </div>
    </Step>
  );
}
