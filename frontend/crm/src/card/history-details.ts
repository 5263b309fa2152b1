/** What happened, in the part of a sentence that follows the name of the event; typed by the event's own data. */

import { shownDay, shownMoney, type EventView, type OrderView } from "@kwiga-orders/client";
import type { School } from "../state/school.ts";

/** Say what belongs to an event: an amount, a period, a name, a reason. */
export function detailsOf(row: EventView, order: OrderView, { labels, locale, session }: School): string {
  const money = (amount: string): string => shownMoney(amount, order.currency, locale);
  const day = (at: string): string => shownDay(at, session.timezone, locale);
  const product = (id: string): string => order.lines.find((line) => line.product === id)?.product_title ?? id;
  const payment = (id: string): string => order.payments.find((one) => one.id === id)?.amount ?? "";
  const reasoned = (said: string, reason: string | null | undefined): string =>
    [said, reason].filter(Boolean).join(", ");
  const changed = (before: object, after: object): string =>
    Object.keys({ ...before, ...after })
      .map((name) => labels.of("field", name))
      .join(", ");
  switch (row.event) {
    case "payment.added":
      return money(row.data.payment.amount);
    case "payment.paid":
      return reasoned(money(row.data.amount ?? payment(row.data.payment)), row.data.comment);
    case "payment.refunded":
      return reasoned(money(row.data.refund.amount), row.data.refund.reason);
    case "payment.edited":
    case "order.edited":
    case "task.edited":
      return changed(row.data.before, row.data.after);
    case "line.edited":
      return `${product(row.data.product)}: ${changed(row.data.before, row.data.after)}`;
    case "access.extended":
      return reasoned(`${product(row.data.product)}, ${labels.period(row.data.by)}`, row.data.reason);
    case "access.frozen":
      return reasoned(
        `${product(row.data.product)}, ${day(row.data.starts_at)} – ${day(row.data.ends_at)}`,
        row.data.reason,
      );
    case "access.end_set":
      return reasoned(
        row.data.at === null ? product(row.data.product) : `${product(row.data.product)}, ${day(row.data.at)}`,
        row.data.reason,
      );
    case "note.added":
      return row.data.text;
    case "task.added":
      return row.data.task.title;
    case "task.completed":
    case "task.reopened":
      return order.tasks.find((task) => task.id === row.data.task)?.title ?? "";
    case "order.cancelled":
    case "renewal.stopped":
      return row.data.reason ?? "";
    case "attention.raised":
      return labels.of("attention", row.data.item.code);
    case "letter.sent":
      return labels.of("letter_kind", row.data.kind);
    case "due.noted":
      return labels.of("due", row.data.due);
    case "event.reported":
      return labels.of("event", row.data.event);
    case "certificate.issued":
      return `№ ${row.data.number}`;
    default:
      return "";
  }
}
