import type { JSX } from "preact";
import type { CourseView, LessonsView, ReasonCode } from "@kwiga-orders/client";
import { Reason } from "../parts/reason.tsx";
import { When } from "../parts/values.tsx";
import { useSchool } from "../state/school.ts";

// what the lesson itself waits for; the product's own reasons stand above, once
const own: ReadonlySet<ReasonCode> = new Set<ReasonCode>(["not_included", "delayed", "lesson_closed", "checkpoint"]);

/** Lessons in course order: open, or closed with the reason and the time at which it opens by itself (L1). */
export function Lessons({ course, lessons, isOpen }: { course: CourseView; lessons: LessonsView; isOpen: boolean }): JSX.Element {
  const { words, session } = useSchool();
  const all = course.modules.flatMap((module) => module.lessons);
  const titles = Object.fromEntries(all.map((lesson) => [lesson.id, lesson.title]));
  return (
    <details class="lessons" open={isOpen}>
      <summary>
        {words.lessons} <span class="count">{lessons.open.length} / {all.length}</span>
        <meter class="meter" aria-label={words.progress} min={0} max={all.length} value={lessons.open.length} />
      </summary>
      {course.modules.map((module) => (
        <section key={module.id} aria-label={module.title}>
          <h3>{module.title}</h3>
          <ul>
            {module.lessons.map((lesson) => {
              const closed = lessons.closed[lesson.id];
              const why = closed?.why.filter((reason) => own.has(reason.code)) ?? [];
              return (
                <li key={lesson.id} class={closed === undefined ? "lesson-open" : "lesson-closed"}>
                  <span class="lesson-title">{lesson.title}</span>
                  {closed === undefined ? <span class="pill pill-good">{words.open}</span> : null}
                  {closed !== undefined && why.length === 0 ? <span class="pill pill-quiet">{words.closed}</span> : null}
                  {why.map((reason, n) => <span key={n} class="lesson-why"><Reason of={reason} currency={session.currency} titles={titles} /></span>)}
                  {closed?.opens_at && !why.some((reason) => reason.until === closed.opens_at) ? <span class="lesson-why">{words.opensAt} <When at={closed.opens_at} /></span> : null}
                </li>
              );
            })}
          </ul>
        </section>
      ))}
    </details>
  );
}
