import type { JSX } from "preact";
import { shownInstant, shownMoney, type Currency, type ReasonView } from "@kwiga-orders/client";
import { useSchool } from "../state/school.ts";

interface ReasonProps {
  of: ReasonView;
  currency: Currency;
  /** Titles of lessons by id, for a reason that names some. */
  titles?: Readonly<Record<string, string>>;
}

/** Why something is closed, in a sentence with what belongs to it: the same sentences as in letters. */
export function Reason({ of, currency, titles = {} }: ReasonProps): JSX.Element {
  const { labels, session, locale } = useSchool();
  const values: Record<string, string> = {
    ...(of.until === null ? {} : { until: shownInstant(of.until, session.timezone, locale) }),
    ...(of.since === null ? {} : { since: shownInstant(of.since, session.timezone, locale) }),
    ...(of.asked === null ? {} : { asked: shownMoney(of.asked, currency, locale) }),
    ...(of.lessons.length === 0 ? {} : { lessons: of.lessons.map((one) => titles[one] ?? one).join(", ") }),
  };
  // the longest text for which everything is there
  const kind = ["asked", "lessons", "until"].find(
    (name) => name in values && labels.has("reason", `${of.code}.${name}`),
  );
  return <span>{labels.filled("reason", kind === undefined ? of.code : `${of.code}.${kind}`, values)}</span>;
}
