/** The team: as the school lists it, else as far as orders and tasks name it. */

import { useAsked } from "./asking.ts";
import { useSchool } from "./school.ts";
import type { Option } from "../parts/fields.tsx";

const mostLooked = 200;
const mostListed = 500;

/** Whether the school lists its team; if not, people are typed by their ids. */
export function useIsListed(): boolean {
  return useAsked({ query: "staff", limit: mostListed }, { live: false }).answer?.listed ?? true;
}

export function usePeople(): Option<string>[] {
  const { session } = useSchool();
  const staff = useAsked({ query: "staff", limit: mostListed }, { live: false }).answer;
  const isUnlisted = staff?.listed === false;
  const orders = useAsked(isUnlisted ? { query: "orders", limit: mostLooked } : null, { live: false }).answer?.rows ?? [];
  const tasks = useAsked(isUnlisted ? { query: "tasks", done: false } : null, { live: false }).answer ?? [];
  const names = new Map<string, string>([[session.id, session.name ?? session.id]]);
  const add = (id: string | null, name: string | null): void => {
    if (id !== null && id !== "") names.set(id, name ?? names.get(id) ?? id);
  };
  for (const { id, name } of staff?.rows ?? []) add(id, name);
  for (const order of orders) {
    add(order.manager, order.manager_name);
    order.responsibles.forEach((id, n) => add(id, order.responsible_names[n] ?? null));
  }
  for (const task of tasks) add(task.assignee, task.assignee_name);
  return [...names].map(([value, text]) => ({ value, text })).sort((one, other) => one.text.localeCompare(other.text));
}
