import type { JSX } from "preact";
import type { CourseView, EntryView, ProductView } from "@kwiga-orders/client";
import { When } from "../parts/values.tsx";
import { useAsked } from "../state/asking.ts";
import { useSchool } from "../state/school.ts";
import { calendarOf } from "./calendar.ts";

const shown = 6;

/** What opens and closes from now on, and the same for a calendar (L12). */
export function Schedule({ product, course }: { product: ProductView; course: CourseView | undefined }): JSX.Element | null {
  const { words, labels, session } = useSchool();
  // to the day: the question stays the same, so that its answer is kept
  const from = new Date().toISOString().slice(0, 10);
  const entries = useAsked({ query: "schedule", contact: session.id, product: product.product, from }).answer ?? [];
  const coming = entries.filter((entry) => Date.parse(entry.at) > Date.now());
  if (coming.length === 0) return null;
  const titles = new Map(course?.modules.flatMap((module) => module.lessons).map((lesson) => [lesson.id, lesson.title]));
  const textOf = (entry: EntryView): string => {
    const lesson = entry.lesson === null ? "" : `: ${titles.get(entry.lesson) ?? entry.lesson}`;
    return `${labels.of("schedule", entry.what)}${lesson}`;
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
        <button type="button" class="link" onClick={save}>{words.addToCalendar}</button>
      </header>
      <ol>
        {coming.slice(0, shown).map((entry, n) => <li key={n}><When at={entry.at} /> <span>{textOf(entry)}</span></li>)}
      </ol>
    </div>
  );
}
