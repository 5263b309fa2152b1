import type { JSX } from "preact";
import type { CourseView, LessonsView, ProductView } from "@kwiga-orders/client";
import { Reason } from "../parts/reason.tsx";
import { Day } from "../parts/values.tsx";
import { Unmet } from "../parts/unmet.tsx";
import { useAsked } from "../state/asking.ts";
import { useSchool } from "../state/school.ts";
import { Lessons } from "./lessons.tsx";
import { Schedule } from "./schedule.tsx";

/** A product of the learner: open until when, or why not; its lessons, what comes next, its certificate. */
export function Product({ product }: { product: ProductView }): JSX.Element {
  const { words, session } = useSchool();
  const of = { contact: session.id, product: product.product };
  const course = useAsked({ query: "course", product: product.product }, { live: false }).answer;
  const lessons = useAsked({ query: "lessons", ...of }).answer;
  const { open, reasons, ends_at: endsAt } = product.access;
  return (
    <section class="block product" aria-label={product.product_title ?? product.product}>
      <header>
        <h2>{product.product_title ?? product.product}</h2>
        <span class={open ? "pill pill-good" : "pill pill-open"}>{open ? words.open : words.closed}</span>
        {open ? <span class="muted">{endsAt === null ? words.forever : <>{words.closesAt} <Day at={endsAt} /></>}</span> : null}
      </header>
      <ul class="reasons">{reasons.map((reason) => <li key={reason.code}><Reason of={reason} currency={session.currency} /></li>)}</ul>
      {course === undefined || lessons === undefined || course.modules.length === 0 ? null : (
        <>
          <Next course={course} lessons={lessons} />
          <Lessons course={course} lessons={lessons} />
        </>
      )}
      <Schedule product={product} course={course} />
      <Certificate product={product.product} />
    </section>
  );
}

/** What to do next: the newest lesson that is open, or when the next one opens. */
function Next({ course, lessons }: { course: CourseView; lessons: LessonsView }): JSX.Element | null {
  const { words, labels } = useSchool();
  const inOrder = course.modules.flatMap((module) => module.lessons);
  const last = inOrder.filter((lesson) => lessons.open.includes(lesson.id)).at(-1);
  const waiting = inOrder.find((lesson) => lessons.closed[lesson.id]?.reasons.includes("checkpoint"));
  if (last === undefined) return null;
  return (
    <p class="next">
      <strong>{words.next}: {last.title}</strong>
      {waiting === undefined ? null : <span class="muted"> {labels.of("reason", "checkpoint")}</span>}
    </p>
  );
}

function Certificate({ product }: { product: string }): JSX.Element | null {
  const { words, session } = useSchool();
  const certificate = useAsked({ query: "certificate", contact: session.id, product }).answer;
  if (certificate === undefined || certificate.unmet.some((one) => one.code === "disabled" || one.code === "no_access")) return null;
  return (
    <div class="certificate">
      <strong>{words.certificate}</strong>
      {certificate.issued === null ? <Unmet of={certificate.unmet} currency={session.currency} /> : <span class="pill pill-good">№ {certificate.issued.number}, <Day at={certificate.issued.at} /></span>}
    </div>
  );
}
