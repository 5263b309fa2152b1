/** Labels of everything that the service answers, from `texts`: the same words as in its letters and refusals. */

import type { TextsView } from "./contract.ts";

/** The labels of one language. */
export class Labels {
  readonly texts: TextsView;
  readonly #rules: Intl.PluralRules;

  constructor(texts: TextsView) {
    this.texts = texts;
    this.#rules = new Intl.PluralRules(texts.locale);
  }

  /** The label of a value of a kind, such as `of("payment_status", "paid")`; a value that has none is shown as it is. */
  of(kind: string, value: string): string {
    return this.texts.labels[`${kind}.${value}`] ?? value;
  }

  /** The label of a text with places to fill, such as `filled("reason", "frozen.until", { until })`. */
  filled(kind: string, value: string, values: Readonly<Record<string, string>>): string {
    return this.of(kind, value).replace(/\{(\w+)\}/g, (place, name: string) => values[name] ?? place);
  }

  /** Whether there is a text of that name. */
  has(kind: string, value: string): boolean {
    return `${kind}.${value}` in this.texts.labels;
  }

  /** A count with its noun in the right form, such as `counted("period.days", 3)`. */
  counted(noun: string, count: number): string {
    const forms = this.texts.forms[noun];
    const form = forms?.[this.#rules.select(count)] ?? forms?.["many"] ?? "{count}";
    return form.replace("{count}", String(count));
  }

  /** A period in words: 7 days, 1 month. */
  period(period: { readonly days?: number; readonly months?: number }): string {
    const months = period.months ?? 0;
    return months > 0 ? this.counted("period.months", months) : this.counted("period.days", period.days ?? 0);
  }
}
