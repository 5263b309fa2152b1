/** Payment options as the wire has them, read where a page shows or edits them. */

import type { Labels, PaymentOption, SoldOfferView } from "@kwiga-orders/client";

/** Say a payment option in words. */
export function optionText(option: PaymentOption, labels: Labels): string {
  switch (option.kind) {
    case "full":
      return labels.of("type", "regular");
    case "parts":
      return `${labels.of("type", "instalments")}: ${option.count} × ${labels.period(option.every)}`;
    case "schedule":
      return `${labels.of("type", "instalments")}: ${option.parts.map((part) => part.amount).join(" + ")}`;
    case "subscription":
      return `${labels.of("type", "subscription")}: ${option.amount} / ${labels.period(option.every)}`;
  }
}

/** The payment options of an offer: they are answered in the form in which they are given. */
export function optionsOf(offer: SoldOfferView): readonly PaymentOption[] {
  return offer.payment_options as unknown as readonly PaymentOption[];
}
