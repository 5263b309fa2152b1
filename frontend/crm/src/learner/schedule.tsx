import type { JSX } from "preact";
import { useState } from "preact/hooks";
import type { EntryView, ProductView } from "@kwiga-orders/client";
import { When } from "../parts/values.tsx";
import { useAsked } from "../state/asking.ts";
import { useSchool } from "../state/school.ts";
import { calendarOf } from "./calendar.ts";

const shown = 6;

/** What opens and closes from now on, and the same for a calendar (L12). */
export function Schedule({ product }: { product: ProductView }): JSX.Element | null {
  const { words, labels, session } = useSchool();
  const [isAll, setAll] = useState(false);
  // to the day: the question stays the same, so that its answer is kept
  const from = new Date().toISOString().slice(0, 10);
  const entries = useAsked({ query: "schedule", contact: session.id, product: product.product, from }).answer ?? [];
  const coming = entries.filter((entry) => Date.parse(entry.at) > Date.now());
  if (coming.length === 0) return null;
  const textOf = (entry: EntryView): string => {
    const said = entry.lesson === null ? labels.of("schedule", entry.what) : labels.filled("schedule", `${entry.what}.lesson`, { lesson: entry.lesson_title || entry.lesson });
    return entry.after_checkpoint === null ? said : labels.filled("schedule", "after_checkpoint", { entry: said });
  };
  const save = (): void => {
    const text = calendarOf(coming.map((entry) => ({ at: entry.at, text: `${product.product_title ?? product.product}. ${textOf(entry)}`, key: [entry.what, entry.lesson, entry.payment, product.product].join("-") })));
    const link = Object.assign(document.createElement("a"), { href: URL.createObjectURL(new Blob([text], { type: "text/calendar" })), download: `${product.product}.ics` });
    link.click();
    URL.revokeObjectURL(link.href);
  };
  return (
    <div class="schedule">
      <header>
        <h3>{words.schedule}</h3>
        <span class="spacer" />
        <button type="button" class="link" onClick={save}>{words.addToCalendar}</button>
      </header>
      <ol>
        {coming.slice(0, isAll ? coming.length : shown).map((entry, n) => <li key={n}><When at={entry.at} /> <span>{textOf(entry)}</span></li>)}
      </ol>
      {coming.length > shown && !isAll ? <button type="button" class="link" onClick={() => setAll(true)}>{words.more}: {coming.length - shown}</button> : null}
    </div>
  );
}
