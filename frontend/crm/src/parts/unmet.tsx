import type { JSX } from "preact";
import { shownDay, shownMoney, type CourseView, type Currency, type UnmetView } from "@kwiga-orders/client";
import { useSchool } from "../state/school.ts";

/** Titles of tests by id: a test is known to people by its lesson. */
export function testTitles(course: CourseView | undefined): Readonly<Record<string, string>> {
  const lessons = course?.modules.flatMap((module) => module.lessons) ?? [];
  return Object.fromEntries(lessons.flatMap((lesson) => lesson.tests.map((test) => [test, lesson.title])));
}

/** What a certificate still waits for, each with what is there and what is needed (C2). */
export function Unmet({ of, currency, titles = {} }: { of: readonly UnmetView[]; currency: Currency; titles?: Readonly<Record<string, string>> }): JSX.Element {
  const { labels, session, locale } = useSchool();
  const shown = (code: UnmetView["code"], value: number | string | null): string => {
    if (value === null) return "–";
    if (code === "not_before") return shownDay(String(value), session.timezone, locale);
    return code === "not_fully_paid" ? shownMoney(String(value), currency, locale) : String(value);
  };
  return (
    <ul class="unmet">
      {of.map((one) => (
        <li key={`${one.code}-${one.test}`}>
          {labels.filled("certificate", one.code, { have: shown(one.code, one.have), need: shown(one.code, one.need), test: titles[one.test ?? ""] ?? one.test ?? "" })}
        </li>
      ))}
    </ul>
  );
}
