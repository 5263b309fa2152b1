/** The team, as far as orders and tasks name it: the service has no list of its own, people are the host's. */

import { useAsked } from "./asking.ts";
import { useSchool } from "./school.ts";
import type { Option } from "../parts/fields.tsx";

const mostLooked = 200;

export function usePeople(): Option<string>[] {
  const { session } = useSchool();
  const orders = useAsked({ query: "orders", limit: mostLooked }, { live: false }).answer?.rows ?? [];
  const tasks = useAsked({ query: "tasks", done: false }, { live: false }).answer ?? [];
  const names = new Map<string, string>([[session.id, session.name ?? session.id]]);
  const add = (id: string | null, name: string | null): void => {
    if (id !== null && id !== "") names.set(id, name ?? names.get(id) ?? id);
  };
  for (const order of orders) {
    add(order.manager, order.manager_name);
    order.responsibles.forEach((id, n) => add(id, order.responsible_names[n] ?? null));
  }
  for (const task of tasks) add(task.assignee, task.assignee_name);
  return [...names].map(([value, text]) => ({ value, text })).sort((one, other) => one.text.localeCompare(other.text));
}
