/** The address after `#`: what is shown. A secret in it never reaches a server, nor the log of one. */

import { computed, signal } from "@preact/signals";

/** A place in the application: its path in parts, and its parameters. */
export interface Route {
  readonly parts: readonly string[];
  readonly parameters: URLSearchParams;
}

const hash = signal(location.hash);
addEventListener("hashchange", () => {
  hash.value = location.hash;
  // a new place begins at its top; one that was gone back to is where it was left
  if (history.state !== null) return;
  history.replaceState({ isSeen: true }, "");
  scrollTo(0, 0);
});

export const route = computed<Route>(() => {
  const [path = "", parameters = ""] = hash.value.replace(/^#\/?/, "").split("?");
  const parts = path.split("/").filter(Boolean).map(decodeURIComponent);
  return { parts, parameters: new URLSearchParams(parameters) };
});

/** The address of a place. */
export function hrefOf(parts: readonly string[], parameters: Readonly<Record<string, string>> = {}): string {
  const query = new URLSearchParams(parameters).toString();
  return `#/${parts.map(encodeURIComponent).join("/")}${query === "" ? "" : `?${query}`}`;
}

export function go(href: string): void {
  location.hash = href;
}

/** Go on with other parameters; the way back skips what was there, as typing is not going. */
export function replaceParameters(parameters: URLSearchParams): void {
  const path = route.value.parts.map(encodeURIComponent).join("/");
  const query = parameters.toString();
  history.replaceState(history.state, "", `#/${path}${query === "" ? "" : `?${query}`}`);
  hash.value = location.hash;
}
