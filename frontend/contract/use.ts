/** What compiles with the types of the contract, and what does not: each line after `@ts-expect-error` is a typo. */

import { paymentStatusValues } from "./made/contract.ts";
import type {
  AccessTerms,
  AnswerOf,
  Answers,
  Command,
  EventView,
  OrderView,
  PaymentStatus,
  Problem,
  Queries,
  QueryName,
  Receipt,
} from "./made/contract.ts";

declare function execute(command: Command): Promise<Receipt>;
declare function ask<N extends QueryName>(query: { query: N } & Queries[N]): Promise<Answers[N]>;
declare const problem: Problem;

export async function questions(): Promise<unknown> {
  const page = await ask({ query: "orders", payment_status: ["paid"], limit: 3 });
  const card: OrderView = await ask({ query: "order", order: "o1" });
  const access: AnswerOf<"access"> = await ask({ query: "access", contact: "olena", product: "python" });
  const again: AnswerOf<{ query: "access" }> = access;
  // @ts-expect-error a field that the query does not have
  await ask({ query: "orders", paymnt_status: ["paid"] });
  // @ts-expect-error a status that there is not
  await ask({ query: "orders", payment_status: ["payed"] });
  // @ts-expect-error a field of another query
  await ask({ query: "order", order: "o1", limit: 3 });
  // @ts-expect-error a query that there is not
  await ask({ query: "ordres" });
  // @ts-expect-error a field that is missing
  await ask({ query: "access", contact: "olena" });
  // @ts-expect-error a field that the answer does not have
  page.rows[0]?.totl;
  const status: PaymentStatus | undefined = page.rows[0]?.payment_status;
  // @ts-expect-error a status that there is not
  if (status === "payd") return null;
  // What was answered is what a command takes: terms of a line can be sent back.
  const terms: AccessTerms | undefined = card.lines[0]?.terms;
  const may: readonly PaymentStatus[] = paymentStatusValues;
  const actions = await ask({ query: "actions", order: "o1" });
  // @ts-expect-error a command that there is not
  actions.freze_access;
  return [again, terms, may, actions.freeze_access === "order.cancelled"];
}

export async function commands(): Promise<void> {
  await execute({ command: "freeze_access", order: "o1", for: { days: 7 } });
  // @ts-expect-error a period of days and of months at once
  await execute({ command: "freeze_access", order: "o1", for: { days: 7, months: 1 } });
  // @ts-expect-error a field that the command does not have
  await execute({ command: "freeze_access", ordr: "o1", for: { days: 7 } });
  // @ts-expect-error a kind of payment that there is not
  await execute({ command: "add_payment", order: "o1", amount: "1.00", kind: "reglar" });
  // @ts-expect-error an amount as a number
  await execute({ command: "add_payment", order: "o1", amount: 1 });
  // @ts-expect-error a code that there is not
  if (problem.code === "order.cancelld") return;
  problem.details.faults?.map((fault) => fault.path);
}

export function sentence(row: EventView): string {
  switch (row.event) {
    case "order.moved":
      return row.data.from;
    case "payment.paid":
      return row.data.payment;
    case "offer.edited":
      return row.data.after.title ?? "";
    // @ts-expect-error an event that there is not
    case "payment.payed":
      return "";
    default:
      return row.event;
  }
}
