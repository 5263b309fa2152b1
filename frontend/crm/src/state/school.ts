/** Who is signed in, to which school, in which language: everything that every page needs. */

import { signal } from "@preact/signals";
import { Client, Labels, localeValues, sessionOf, type Locale, type Session } from "@kwiga-orders/client";
import { loadWords, type Words } from "../words/index.ts";

export interface School {
  readonly client: Client;
  readonly session: Session;
  readonly labels: Labels;
  readonly words: Words;
  readonly locale: Locale;
}

export const school = signal<School | null>(null);

/** The school of a page that only somebody who is signed in sees. */
export function useSchool(): School {
  const found = school.value;
  if (found === null) throw new Error("nobody is signed in");
  return found;
}

// the session's own storage: a token is gone with the tab, and no other site can read it
const tokenKey = "token";
const localeKey = "locale";

export function keptToken(): string | null {
  return sessionStorage.getItem(tokenKey);
}

export function chosenLocale(): Locale {
  const wanted = [localStorage.getItem(localeKey), ...navigator.languages.map((one) => one.slice(0, 2))];
  return localeValues.find((locale) => locale === wanted.find((one) => isLocale(one))) ?? "uk";
}

function isLocale(text: string | null | undefined): text is Locale {
  return localeValues.some((locale) => locale === text);
}

/** Sign in; rejects with the problem if the token is not known. */
export async function signIn(token: string): Promise<void> {
  const locale = chosenLocale();
  const session = await sessionOf({ address: "", token, locale });
  const client = new Client({ address: "", project: session.project, token, locale });
  const [texts, words] = await Promise.all([client.ask({ query: "texts", locale }), loadWords(locale)]);
  sessionStorage.setItem(tokenKey, token);
  document.documentElement.lang = locale;
  school.value = { client, session, labels: new Labels(texts), words, locale };
}

export function signOut(): void {
  sessionStorage.removeItem(tokenKey);
  school.value = null;
}

/** Speak another language from now on. */
export async function speak(locale: Locale): Promise<void> {
  localStorage.setItem(localeKey, locale);
  const token = keptToken();
  if (token !== null) await signIn(token);
}
