import { signal } from "@preact/signals";

export type Route =
  | { page: "home" }
  | { page: "join" }
  | { page: "hearing" }
  | { page: "recordings" }
  | { page: "release" }
  | { page: "case"; id: string }
  | { page: "recording"; id: string }
  | { page: "unknown" };

const ID = /^[0-9a-fA-F-]{36}$/;

/** The page that a path names. */
export function routeOf(path: string): Route {
  const [first = "", second = "", ...rest] = path.split("/").filter(Boolean);
  if (first === "") return { page: "home" };
  if (rest.length === 0 && (first === "case" || first === "recording") && ID.test(second)) {
    return { page: first, id: second };
  }
  const alone = ["join", "hearing", "recordings", "release"] as const;
  const page = alone.find((one) => one === first);
  if (second === "" && page) return { page };
  return { page: "unknown" };
}

export const route = signal<Route>({ page: "home" });

export function followAddress(): void {
  route.value = routeOf(location.pathname);
  addEventListener("popstate", () => {
    route.value = routeOf(location.pathname);
  });
}

export function go(path: string): void {
  history.pushState(null, "", path);
  route.value = routeOf(path);
  scrollTo(0, 0);
}
