/** The filters of board and list, kept in the address: one query, two views (V1). */

import type { OrderFilter, OrdersQuery } from "@kwiga-orders/client";
import { replaceParameters, route } from "../state/route.ts";

export type Sort = NonNullable<OrdersQuery["sort"]>;

/** What the list is asked for; texts as they stand in the address. */
export type FilterTexts = Readonly<Record<string, string>>;

/** Filters whose values are ids or codes, several at once. */
export const listFilters = [
  "status",
  "payment_status",
  "type",
  "manager",
  "responsible",
  "tag",
  "product",
  "offer",
  "gateway",
  "payment_kind",
  "currency",
] as const;

/** Filters that are yes, no, or whatever. */
export const flagFilters = ["needs_attention", "overpaid", "unassigned", "cancelled", "superseded"] as const;

/** Filters by a span of days. */
export const dateFilters = ["created", "updated", "paid", "due"] as const;

/** Read the filters of the address; cancelled and superseded orders are aside unless they are asked for. */
export function filterOf(parameters: URLSearchParams): OrderFilter {
  const filter: { [name: string]: unknown } = {};
  for (const name of listFilters) {
    const values = parameters.getAll(name);
    if (values.length > 0) filter[name] = values;
  }
  const isWhole = parameters.get("aside") === "with";
  if (!isWhole) Object.assign(filter, { cancelled: false, superseded: false });
  for (const name of flagFilters) {
    const value = parameters.get(name);
    if (value !== null) filter[name] = value === "yes";
  }
  for (const name of dateFilters) {
    for (const end of ["from", "until"] as const) {
      const value = parameters.get(`${name}_${end}`);
      if (value !== null) filter[`${name}_${end}`] = value;
    }
  }
  const search = parameters.get("search");
  if (search !== null && search.trim() !== "") filter["search"] = search;
  const number = parameters.get("number");
  if (number !== null && /^\d+$/.test(number)) filter["number"] = Number(number);
  return filter as OrderFilter;
}

/** How many filters are set, the search aside. */
export function countOf(parameters: URLSearchParams): number {
  const own = new Set<string>(["search", "funnel", "view", "sort"]);
  return new Set([...parameters.keys()].filter((name) => !own.has(name))).size;
}

/** Set a parameter of the address, several values, or none. */
export function setParameter(name: string, ...values: readonly string[]): void {
  const next = new URLSearchParams(route.value.parameters);
  next.delete(name);
  for (const value of values) if (value !== "") next.append(name, value);
  replaceParameters(next);
}

/** Take all filters away, and stay on the same view of the same funnel. */
export function clearFilters(): void {
  const kept = new URLSearchParams();
  for (const name of ["view", "funnel", "sort"]) {
    const value = route.value.parameters.get(name);
    if (value !== null) kept.set(name, value);
  }
  replaceParameters(kept);
}
