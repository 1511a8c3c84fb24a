import "../src/styles/main.scss";
import "./verifier.scss";
import { effect } from "@preact/signals";
import { render } from "preact";
import { local } from "../src/core/storage";
import { addCatalogue, LANGUAGE_CODES, language, startLanguage } from "../src/core/text";
import { Page } from "./page";

const sources = import.meta.glob<string>("../src/content/*/{general,case,redaction,verifier}.ftl", {
  query: "?raw",
  import: "default",
  eager: true,
});
for (const code of LANGUAGE_CODES)
  addCatalogue(
    code,
    Object.entries(sources)
      .filter(([path]) => path.includes(`/content/${code}/`))
      .map(([, source]) => source),
  );
startLanguage(local, navigator.languages);
effect(() => {
  document.documentElement.lang = language.value;
});
const place = document.getElementById("app");
if (place) render(<Page />, place);
