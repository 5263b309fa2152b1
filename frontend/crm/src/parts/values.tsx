/** Values as people read them: money exact, instants in the school's zone, codes by their labels. */

import type { JSX } from "preact";
import {
  shownDay,
  shownDistance,
  shownInstant,
  shownMoney,
  type Amount,
  type Currency,
  type Instant,
} from "@kwiga-orders/client";
import { useSchool } from "../state/school.ts";

export function Money({ amount, currency }: { amount: Amount; currency: Currency }): JSX.Element {
  const { locale } = useSchool();
  return <span class={/[1-9]/.test(amount) ? "money" : "money is-zero"}>{shownMoney(amount, currency, locale)}</span>;
}

/** Sums of several currencies, one after another. */
export function Sums({ of }: { of: { readonly [currency: string]: Amount } }): JSX.Element {
  const sums = Object.entries(of);
  return (
    <span class="sums">
      {sums.length === 0 ? "–" : sums.map(([one, amount]) => <Money key={one} amount={amount} currency={one} />)}
    </span>
  );
}

export function Day({ at }: { at: Instant | null }): JSX.Element {
  const { session, locale } = useSchool();
  return at === null ? <span>–</span> : <time dateTime={at}>{shownDay(at, session.timezone, locale)}</time>;
}

export function When({ at }: { at: Instant | null }): JSX.Element {
  const { session, locale } = useSchool();
  if (at === null) return <span>–</span>;
  return (
    <time dateTime={at} title={shownDistance(at, new Date(), locale)}>
      {shownInstant(at, session.timezone, locale)}
    </time>
  );
}

const tones: Readonly<Record<string, string>> = {
  paid: "good",
  succeeded: "good",
  published: "good",
  partially_paid: "half",
  pending: "half",
  partially_refunded: "half",
  unknown: "half",
  unpaid: "open",
  draft: "open",
  refunded: "bad",
  failed: "bad",
  void: "quiet",
  archived: "quiet",
};

/** A code as a small coloured word; the colour says nothing that the word does not. */
export function Pill({ kind, value }: { kind: string; value: string }): JSX.Element {
  const { labels } = useSchool();
  return <span class={`pill pill-${tones[value] ?? "quiet"}`}>{labels.of(kind, value)}</span>;
}

/** A person of the team by name, by id if nobody knows the name. */
export function Person({ id, name }: { id: string | null; name: string | null }): JSX.Element {
  const { words } = useSchool();
  return <span class={id === null ? "muted" : "person"}>{id === null ? words.nobody : (name ?? id)}</span>;
}
