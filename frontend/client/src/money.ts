/** Exact money: minor units as `bigint`, so that nothing is ever rounded; a float cannot get in (M1). */

import type { Amount, Currency } from "./contract.ts";

/** An amount in minor units of its currency. */
export interface Money {
  readonly minor: bigint;
  readonly currency: Currency;
}

/** Digits after the point that a currency has: 2 of UAH, 0 of JPY, 3 of KWD. */
export function digitsOf(currency: Currency): number {
  const format = new Intl.NumberFormat("en", { style: "currency", currency });
  return format.resolvedOptions().maximumFractionDigits ?? 2;
}

/** Read an amount of the wire. Throws a RangeError for anything finer than the currency, or no amount at all. */
export function moneyOf(amount: Amount, currency: Currency): Money {
  const digits = digitsOf(currency);
  const [, sign, whole, fraction] = /^(-?)(\d+)(?:\.(\d+))?$/.exec(amount) ?? [];
  if (whole === undefined) throw new RangeError(`not an amount: ${amount}`);
  const padded = (fraction ?? "").padEnd(digits, "0");
  // zeros beyond the minor unit say nothing more
  if (/[^0]/.test(padded.slice(digits))) throw new RangeError(`finer than ${currency} allows: ${amount}`);
  const minor = BigInt(whole + padded.slice(0, digits));
  return { minor: sign === "-" ? -minor : minor, currency };
}

/** Write an amount as the wire has it. */
export function amountOf(money: Money): Amount {
  const digits = digitsOf(money.currency);
  const text = (money.minor < 0n ? -money.minor : money.minor).toString().padStart(digits + 1, "0");
  const whole = text.slice(0, text.length - digits);
  const sign = money.minor < 0n ? "-" : "";
  return digits === 0 ? sign + whole : `${sign}${whole}.${text.slice(text.length - digits)}`;
}

/** What a person typed as an amount of the wire: spaces and a comma are as people write them; null if it is none. */
export function typedAmount(text: string): Amount | null {
  const plain = text.replace(/[\s\u00a0\u202f']/g, "").replace(",", ".");
  return /^\d+(\.\d+)?$/.test(plain) ? plain : null;
}

/** The sum of amounts of one currency. Throws a RangeError if they are of several (M2). */
export function sumOf(amounts: readonly Money[], currency: Currency): Money {
  const other = amounts.find((one) => one.currency !== currency);
  if (other !== undefined) throw new RangeError(`${other.currency} is not added to ${currency}`);
  return { minor: amounts.reduce((sum, one) => sum + one.minor, 0n), currency };
}

/** Show an amount as people of that language write it; the digits are those of the wire, never rounded. */
export function shownMoney(amount: Amount, currency: Currency, locale: string): string {
  const exact = amountOf(moneyOf(amount, currency));
  const format = new Intl.NumberFormat(locale, { style: "currency", currency, currencyDisplay: "narrowSymbol" });
  // Intl takes decimal text as it is: a number in between would lose digits of large sums
  return format.format(exact as Intl.StringNumericLiteral);
}
