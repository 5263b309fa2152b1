/** Instants as the school's clocks show them, wherever the browser is (T1). */

import type { Instant } from "./contract.ts";

/** Show the day of an instant. */
export function shownDay(at: Instant, zone: string, locale: string): string {
  return shown(at, locale, { timeZone: zone, day: "numeric", month: "short", year: "numeric" });
}

/** Show the day and the time of an instant. */
export function shownInstant(at: Instant, zone: string, locale: string): string {
  const time: Intl.DateTimeFormatOptions = { hour: "2-digit", minute: "2-digit", hourCycle: "h23" };
  return shown(at, locale, { timeZone: zone, day: "numeric", month: "short", year: "numeric", ...time });
}

/** The local date and time of an instant, as a field for dates takes it and the wire reads it: 2026-12-31T18:00. */
export function localOf(at: Instant, zone: string): string {
  const parts = new Map(
    new Intl.DateTimeFormat("en-GB", {
      timeZone: zone,
      year: "numeric",
      month: "2-digit",
      day: "2-digit",
      hour: "2-digit",
      minute: "2-digit",
      hourCycle: "h23",
    })
      .formatToParts(new Date(at))
      .map((part) => [part.type, part.value]),
  );
  const part = (name: Intl.DateTimeFormatPartTypes): string => parts.get(name) ?? "";
  return `${part("year")}-${part("month")}-${part("day")}T${part("hour")}:${part("minute")}`;
}

/** The day that it is at the school. */
export function dayOf(at: Instant, zone: string): string {
  return localOf(at, zone).slice(0, 10);
}

/** Say how far away an instant is, in the largest unit that fits: in 3 days, 2 hours ago. */
export function shownDistance(at: Instant, now: Date, locale: string): string {
  const seconds = Math.round((Date.parse(at) - now.getTime()) / 1000);
  const format = new Intl.RelativeTimeFormat(locale, { numeric: "auto" });
  for (const [unit, length] of units) {
    if (Math.abs(seconds) >= length) return format.format(Math.trunc(seconds / length), unit);
  }
  return format.format(0, "minute");
}

const units: readonly (readonly [Intl.RelativeTimeFormatUnit, number])[] = [
  ["year", 31_536_000],
  ["month", 2_592_000],
  ["day", 86_400],
  ["hour", 3600],
  ["minute", 60],
];

// making a format costs a hundred times what using it does
const formats = new Map<string, Intl.DateTimeFormat>();

function shown(at: Instant, locale: string, options: Intl.DateTimeFormatOptions): string {
  const key = locale + JSON.stringify(options);
  let format = formats.get(key);
  if (format === undefined) formats.set(key, (format = new Intl.DateTimeFormat(locale, options)));
  return format.format(new Date(at));
}
