import { addCatalogue, LANGUAGE_CODES } from "../core/text";

const sources = import.meta.glob<string>("./*/*.ftl", { query: "?raw", import: "default", eager: true });

/** Every catalogue, into the page. */
export function loadCatalogues(): void {
  for (const code of LANGUAGE_CODES) {
    addCatalogue(
      code,
      Object.entries(sources)
        .filter(([path]) => path.startsWith(`./${code}/`))
        .map(([, source]) => source),
    );
  }
}
