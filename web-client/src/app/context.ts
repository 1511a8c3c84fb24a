import { createContext } from "preact";
import { useContext } from "preact/hooks";
import type { Api } from "../core/api";
import type { SessionStore } from "../core/session";

/** What every page works with. */
export interface App {
  api: Api;
  session: SessionStore;
}

const AppContext = createContext<App | null>(null);
export const AppProvider = AppContext.Provider;

export function useApp(): App {
  const app = useContext(AppContext);
  if (!app) throw new Error("used outside of AppProvider");
  return app;
}
