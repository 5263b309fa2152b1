/** Payment options as the wire has them, read where a page shows or edits them. */

import { shownMoney, type PaymentOption, type SoldOfferView } from "@kwiga-orders/client";
import type { School } from "../state/school.ts";

/** Say a payment option in words. */
export function optionText(option: PaymentOption, currency: string, { labels, words, locale }: School): string {
  const money = (amount: string): string => shownMoney(amount, currency, locale);
  switch (option.kind) {
    case "full":
      return words.inOnePayment;
    case "parts":
      return `${labels.of("type", "instalments")}: ${option.count} × ${labels.period(option.every)}`;
    case "schedule":
      return `${labels.of("type", "instalments")}: ${option.parts.map((part) => money(part.amount)).join(" + ")}`;
    case "subscription":
      return `${labels.of("type", "subscription")}: ${money(option.amount)} / ${labels.period(option.every)}`;
  }
}

/** The payment options of an offer: they are answered in the form in which they are given. */
export function optionsOf(offer: SoldOfferView): readonly PaymentOption[] {
  return offer.payment_options as unknown as readonly PaymentOption[];
}
