import { local } from "../../core/storage";
import { chooseLanguage, LANGUAGE_CODES, type Language, language, t } from "../../core/text";

/** Each language by its own name, whatever language the page is in. */
const NAMES: Record<Language, string> = { en: "English", uz: "O‘zbekcha", ru: "Русский" };

export function LanguageChoice() {
  return (
    <div class="language">
      <label class="govuk-visually-hidden" for="language">
        {t("language")}
      </label>
      <span class="language__code" aria-hidden="true">
        {language.value}
      </span>
      <select
        id="language"
        class="language__select"
        value={language.value}
        onChange={(event) => chooseLanguage(event.currentTarget.value as Language, local)}
      >
        {LANGUAGE_CODES.map((code) => (
          <option key={code} value={code} lang={code}>
            {NAMES[code]}
          </option>
        ))}
      </select>
    </div>
  );
}
