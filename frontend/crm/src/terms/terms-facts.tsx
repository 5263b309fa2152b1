/** Access terms in words, for cards: what differs from the course is a fact of its own, all that does not is one. */

import { shownDay, type AccessTerms, type CourseView } from "@kwiga-orders/client";
import type { Fact } from "../parts/block.tsx";
import type { School } from "../state/school.ts";

export function termsFacts(
  terms: AccessTerms,
  course: CourseView | undefined,
  { words, labels, session, locale }: School,
): Fact[] {
  const { start, duration, scope } = terms;
  const day = (at: string): string => (at.length === 10 ? at : shownDay(at, session.timezone, locale));
  const kinds: Readonly<Record<string, string>> = {
    none: words.none,
    off: words.off,
    on: words.on,
    override: words.override,
    when: words.whenConditions,
  };
  const settings: readonly (readonly [string, string | undefined])[] = [
    [words.delays, terms.delays?.kind],
    [words.checkpoints, terms.checkpoints?.kind],
    [words.practices, terms.practices?.kind],
    [words.comments, terms.comments],
    [words.certificate, terms.certificate?.kind],
  ];
  const own = settings.flatMap(([name, kind]): Fact[] => {
    const text = kinds[kind ?? ""];
    return text === undefined ? [] : [[name, text]];
  });
  const asCourse = settings.filter(([, kind]) => kinds[kind ?? ""] === undefined).map(([name]) => name);
  return [
    [
      words.start,
      start?.kind === "from"
        ? `${words.fromDate}: ${day(start.at)}`
        : start?.delay
          ? `${words.afterPaymentDelay}: ${labels.period(start.delay)}`
          : words.afterPayment,
    ],
    [
      words.duration,
      duration?.kind === "for"
        ? labels.period(duration.period)
        : duration?.kind === "until"
          ? `${words.untilDate}: ${day(duration.at)}`
          : words.forever,
    ],
    [
      words.scope,
      scope?.kind === "only"
        ? `${words.onlyThese}: ${titled([...(scope.modules ?? []), ...(scope.lessons ?? [])], course).join(", ")}`
        : words.allLessons,
    ],
    ...own,
    ...(asCourse.length === 0 ? [] : [[words.asCourse, asCourse.join(", "), "wide"] as const]),
  ];
}

/** Modules and lessons by title; by id if the course has them no more. */
function titled(ids: readonly string[], course: CourseView | undefined): string[] {
  const modules = course?.modules ?? [];
  const titles = new Map(
    [...modules, ...modules.flatMap((module) => module.lessons)].map((one) => [one.id, one.title]),
  );
  return ids.map((id) => titles.get(id) ?? id);
}
