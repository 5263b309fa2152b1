import type { JSX } from "preact";
import type { CourseView, LessonsView } from "@kwiga-orders/client";
import { Reason } from "../parts/reason.tsx";
import { When } from "../parts/values.tsx";
import { useSchool } from "../state/school.ts";

/** Lessons in course order: open, or closed with the reason and the time at which it opens by itself (L1). */
export function Lessons({ course, lessons }: { course: CourseView; lessons: LessonsView }): JSX.Element {
  const { words, session } = useSchool();
  const titles = Object.fromEntries(course.modules.flatMap((module) => module.lessons).map((lesson) => [lesson.id, lesson.title]));
  return (
    <details class="lessons" open>
      <summary>{words.lessons} · {lessons.open.length} / {Object.keys(titles).length}</summary>
      {course.modules.map((module) => (
        <section key={module.id} aria-label={module.title}>
          <h3>{module.title}</h3>
          <ul>
            {module.lessons.map((lesson) => {
              const closed = lessons.closed[lesson.id];
              const why = closed?.why[0];
              return (
                <li key={lesson.id} class={closed === undefined ? "lesson-open" : "lesson-closed"}>
                  <strong>{lesson.title}</strong>
                  {why === undefined ? <span class="muted">{words.open}</span> : <span class="muted"><Reason of={why} currency={session.currency} titles={titles} /></span>}
                  {closed?.opens_at ? <span class="opens">{words.opensAt} <When at={closed.opens_at} /></span> : null}
                </li>
              );
            })}
          </ul>
        </section>
      ))}
    </details>
  );
}
