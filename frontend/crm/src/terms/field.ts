/** What every field of the terms has in common. */

import type { AccessTerms } from "@kwiga-orders/client";

/** The terms as they are, and how a field changes them. */
export interface TermsFieldProps {
  terms: AccessTerms;
  /** Names only what is changed. */
  onChange: (part: AccessTerms) => void;
}

/** A list with an id more, or less. */
export function toggled(ids: readonly string[] | undefined, id: string, isOn: boolean): string[] {
  const others = (ids ?? []).filter((one) => one !== id);
  return isOn ? [...others, id] : others;
}
