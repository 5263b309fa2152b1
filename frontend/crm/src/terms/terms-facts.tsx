/** Access terms in words, for cards: what differs from the usual is what is worth reading. */

import type { AccessTerms, Labels } from "@kwiga-orders/client";
import type { Words } from "../words/index.ts";

export function termsFacts(terms: AccessTerms, words: Words, labels: Labels): (readonly [string, string])[] {
  const { start, duration, scope, delays, checkpoints, practices, comments, certificate } = terms;
  const kinds: Readonly<Record<string, string>> = {
    as_course: words.asCourse,
    none: words.none,
    off: words.off,
    on: words.on,
    override: words.override,
    when: words.whenConditions,
    all: words.allLessons,
    only: words.onlyThese,
  };
  const shown = (kind: string | undefined): string => kinds[kind ?? "as_course"] ?? words.asCourse;
  return [
    [
      words.start,
      start?.kind === "from"
        ? `${words.fromDate}: ${start.at}`
        : start?.delay
          ? `${words.afterPaymentDelay}: ${labels.period(start.delay)}`
          : words.afterPayment,
    ],
    [
      words.duration,
      duration?.kind === "for"
        ? labels.period(duration.period)
        : duration?.kind === "until"
          ? `${words.untilDate}: ${duration.at}`
          : words.forever,
    ],
    [
      words.scope,
      scope?.kind === "only"
        ? `${words.onlyThese}: ${[...(scope.modules ?? []), ...(scope.lessons ?? [])].join(", ")}`
        : words.allLessons,
    ],
    [words.delays, shown(delays?.kind)],
    [words.checkpoints, shown(checkpoints?.kind)],
    [words.practices, shown(practices?.kind)],
    [words.comments, shown(comments)],
    [words.certificate, shown(certificate?.kind)],
  ];
}
