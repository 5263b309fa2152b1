/** Payment options as the wire has them, read where a page shows them. */

import { shownMoney, type Amount, type Labels, type PaymentOption, type SoldOfferView } from "@kwiga-orders/client";

/** Say a payment option in words, with its sums in the offer's currency. */
export function optionText(option: PaymentOption, labels: Labels, currency: string): string {
  const money = (amount: Amount): string => shownMoney(amount, currency, labels.texts.locale);
  const kind = labels.of("payment_option", option.kind);
  const total = "total" in option && option.total ? ` · ${money(option.total)}` : "";
  switch (option.kind) {
    case "full":
      return kind + total;
    case "parts":
      return `${kind}: ${option.count} × ${labels.period(option.every)}${total}`;
    case "schedule":
      return `${kind}: ${option.parts.map((part) => money(part.amount)).join(" + ")}`;
    case "subscription":
      return `${kind}: ${money(option.amount)} / ${labels.period(option.every)}`;
  }
}

/** The payment options of an offer: they are answered in the form in which they are given. */
export function optionsOf(offer: SoldOfferView): readonly PaymentOption[] {
  return offer.payment_options as unknown as readonly PaymentOption[];
}
