import "./styles/main.scss";
import { effect } from "@preact/signals";
import { render } from "preact";
import { Root } from "./app/app";
import { followAddress } from "./app/route";
import { loadCatalogues } from "./content";
import { Api, problemOf } from "./core/api";
import { learnCourt } from "./core/court";
import { ignoreHeldKeys } from "./core/press";
import { SessionStore } from "./core/session";
import { local, tab } from "./core/storage";
import { language, startLanguage } from "./core/text";

loadCatalogues();
startLanguage(local, navigator.languages);
effect(() => {
  document.documentElement.lang = language.value;
});
followAddress();
ignoreHeldKeys(document);
const session = new SessionStore(tab);
const api = new Api(location.origin, session.token);
void learnCourt(api);
// What is known of a session that a reload brought back may be old, and the session may have ended meanwhile.
if (session.current.value && location.hash === "") {
  api.me().then(
    (me) => session.update(me),
    (error: unknown) => {
      if (problemOf(error).code === "session_invalid") session.forget();
    },
  );
}
const place = document.getElementById("app");
if (place) render(<Root app={{ api, session }} />, place);
