/** Rules tried on what has happened: where each order would stand if they had been there from the start. */

import type { EventView, FunnelRule, JsonValue } from "@kwiga-orders/client";

/** Where an order would stand by the rules, and where people put it since: their moves stay (F4, F5). */
export function replayed(history: readonly EventView[], rules: readonly FunnelRule[], first: string): string {
  const ruled = (event: string): FunnelRule | undefined => rules.find((rule) => rule.event === event);
  const fired = new Set<string>();
  let status = first;
  for (const { event, data } of history) {
    const values = new Map<string, JsonValue | undefined>(Object.entries(data));
    if (event === "order.moved") {
      // a move by an old rule is what is being tried anew; one by hand, or into this funnel, is a fact
      if (!values.get("by")) status = String(values.get("to") ?? status);
      continue;
    }
    const name = event === "event.reported" ? String(values.get("event")) : event;
    const rule = ruled(name);
    if (rule === undefined) continue;
    const about = values.get("data");
    const key = `${name} ${JSON.stringify(about ?? null)}`;
    // what a host reports fires once for an order, events of the order fire each time they happen (F4)
    if (event === "event.reported" && fired.has(key) && !rule.every_time) continue;
    const from = rule.only_from ?? [];
    if (from.length > 0 && !from.includes(status) && event !== "order.created") continue;
    fired.add(key);
    status = rule.status;
  }
  return status;
}
