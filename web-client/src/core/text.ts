import { FluentBundle, FluentResource, type FluentVariable } from "@fluent/bundle";
import { computed, signal } from "@preact/signals";

/** Languages of the page, each with the locale by which dates are written. */
export const LANGUAGES = { en: "en-GB", uz: "uz-Latn-UZ", ru: "ru-RU" } as const;
export type Language = keyof typeof LANGUAGES;
export const LANGUAGE_CODES = Object.keys(LANGUAGES) as Language[];

const KEY = "oyer.language";

/** The language to begin with: the one chosen before, else the first of the person's own that the page has. */
export function firstLanguage(kept: string | null, preferred: readonly string[]): Language {
  for (const tag of [kept ?? "", ...preferred]) {
    const code = tag.toLowerCase().split("-")[0] ?? "";
    if (code in LANGUAGES) return code as Language;
  }
  return "en";
}

export const language = signal<Language>("en");
export const locale = computed(() => LANGUAGES[language.value]);

const bundles = new Map<Language, FluentBundle>();

/** Gives the page the sentences of a language. */
export function addCatalogue(code: Language, sources: string[]): void {
  // Isolation marks matter where left-to-right and right-to-left mix; none of these languages is written so.
  const bundle = new FluentBundle(LANGUAGES[code], { useIsolating: false });
  for (const source of sources) bundle.addResource(new FluentResource(source));
  bundles.set(code, bundle);
}

export function startLanguage(storage: Pick<Storage, "getItem">, preferred: readonly string[]): void {
  language.value = firstLanguage(storage.getItem(KEY), preferred);
}

export function chooseLanguage(code: Language, storage: Pick<Storage, "setItem">): void {
  storage.setItem(KEY, code);
  language.value = code;
}

/** Whether the catalogue has this sentence. */
export function has(id: string): boolean {
  return bundles.get(language.value)?.hasMessage(id) ?? false;
}

/** A sentence of the catalogue in the present language. */
export function t(id: string, args?: Record<string, FluentVariable>): string {
  for (const code of [language.value, "en" as const]) {
    const bundle = bundles.get(code);
    const pattern = bundle?.getMessage(id)?.value;
    if (bundle && pattern) return bundle.formatPattern(pattern, args ?? null, []);
  }
  return id;
}
