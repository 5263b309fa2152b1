/** The pages' own words; a language that lacks one does not compile, and only the one that is spoken is loaded. */

import type { Locale } from "@kwiga-orders/client";
import type { Words } from "./en.ts";

export type { Words };

export async function loadWords(locale: Locale): Promise<Words> {
  switch (locale) {
    case "uk":
      return (await import("./uk.ts")).uk;
    case "ru":
      return (await import("./ru.ts")).ru;
    case "en":
      return (await import("./en.ts")).en;
  }
}

/** A sentence with its places filled: `filled(words.hello, { name })`. */
export function filled(sentence: string, values: Readonly<Record<string, string | number>>): string {
  return sentence.replace(/\{(\w+)\}/g, (place, name: string) => String(values[name] ?? place));
}
