/** Products that can be given: those of the school's offers; a course that nobody sells is the host's own affair. */

import type { Option } from "../parts/fields.tsx";
import { productsOf } from "../orders/filter-panel.tsx";
import { useAsked } from "./asking.ts";

export function useProducts(): Option<string>[] {
  return productsOf(useAsked({ query: "offers" }, { live: false }).answer ?? []);
}
