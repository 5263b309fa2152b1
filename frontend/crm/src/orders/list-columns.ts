/** Columns of the list: which there are, by what each sorts, and which this browser shows. */

import type { OrdersQuery } from "@kwiga-orders/client";

export const columnNames = [
  "number",
  "contact",
  "email",
  "phone",
  "offer",
  "status",
  "funnel",
  "payment_status",
  "type",
  "total",
  "paid",
  "owed",
  "balance",
  "manager",
  "tags",
  "created_at",
  "updated_at",
  "due_at",
] as const;

export type ColumnName = (typeof columnNames)[number];

type Ascending = Exclude<NonNullable<OrdersQuery["sort"]>, `-${string}`>;

export const sortOf: Readonly<Partial<Record<ColumnName, Ascending>>> = {
  number: "number",
  total: "total",
  created_at: "created",
  updated_at: "updated",
  due_at: "due",
};

const usual: readonly ColumnName[] = [
  "number",
  "contact",
  "offer",
  "status",
  "payment_status",
  "total",
  "paid",
  "manager",
  "created_at",
];
const key = "columns";

export function keptColumns(): readonly ColumnName[] {
  const kept = localStorage.getItem(key)?.split(",") ?? [];
  const found = columnNames.filter((name) => kept.includes(name));
  return found.length > 0 ? found : usual;
}

export function keepColumns(names: readonly ColumnName[]): void {
  localStorage.setItem(key, names.join(","));
}
