import type { JSX } from "preact";
import type { CourseView, LessonsView, ProductView, ReasonView } from "@kwiga-orders/client";
import { Reason } from "../parts/reason.tsx";
import { Skeleton } from "../parts/states.tsx";
import { Day, When } from "../parts/values.tsx";
import { testTitles, Unmet } from "../parts/unmet.tsx";
import { useAsked } from "../state/asking.ts";
import { useSchool } from "../state/school.ts";
import { Lessons } from "./lessons.tsx";
import { PayButton } from "./pay-button.tsx";
import { Schedule } from "./schedule.tsx";

/** A product of the learner: open until when, or why not; its lessons, what comes next, its certificate. */
export function Product({ product }: { product: ProductView }): JSX.Element {
  const { words, session } = useSchool();
  const of = { contact: session.id, product: product.product };
  const course = useAsked({ query: "course", product: product.product }, { live: false });
  const lessons = useAsked({ query: "lessons", ...of });
  const { open, reasons, ends_at: endsAt } = product.access;
  const isWaiting = (course.answer ?? course.problem) === undefined || (lessons.answer ?? lessons.problem) === undefined;
  return (
    <section class="block product" aria-label={product.product_title ?? product.product}>
      <header>
        <h2>{product.product_title ?? product.product}</h2>
        <span class={open ? "pill pill-good" : "pill pill-open"}>{open ? words.open : words.closed}</span>
        <span class="spacer" />
        {open ? <span class="muted">{endsAt === null ? words.forever : <>{words.closesAt} <Day at={endsAt} /></>}</span> : null}
      </header>
      <Reasons reasons={reasons} />
      {isWaiting ? <Skeleton lines={5} /> : null}
      {course.answer === undefined || lessons.answer === undefined || course.answer.modules.length === 0 ? null : (
        <>
          {open ? <Next course={course.answer} lessons={lessons.answer} /> : null}
          <Lessons course={course.answer} lessons={lessons.answer} isOpen={open} />
        </>
      )}
      <Certificate product={product.product} course={course.answer} />
      <Schedule product={product} />
    </section>
  );
}

/** Why a product is closed; where paying opens it, the way to pay. */
function Reasons({ reasons }: { reasons: readonly ReasonView[] }): JSX.Element | null {
  const { session } = useSchool();
  const orders = useAsked({ query: "customer_orders", contact: session.id }).answer ?? [];
  if (reasons.length === 0) return null;
  const payable = (reason: ReasonView): { order: string; payment: string } | null => {
    const order = orders.find((one) => one.id === reason.order);
    const payment = order?.payments.find((one) => one.payable && (reason.payment === null || one.id === reason.payment));
    return order === undefined || payment === undefined || !["not_paid", "payment_due", "subscription_lapsed"].includes(reason.code) ? null : { order: order.id, payment: payment.id };
  };
  return (
    <ul class="reasons">
      {reasons.map((reason, n) => {
        const pay = payable(reason);
        return (
          <li key={n}>
            <Reason of={reason} currency={orders.find((one) => one.id === reason.order)?.currency ?? session.currency} />
            {pay === null ? null : <PayButton {...pay} />}
          </li>
        );
      })}
    </ul>
  );
}

/** What to do next: the newest lesson that is open, and when, or after what, the one after it opens. */
function Next({ course, lessons }: { course: CourseView; lessons: LessonsView }): JSX.Element | null {
  const { words, session } = useSchool();
  const inOrder = course.modules.flatMap((module) => module.lessons);
  const last = inOrder.filter((lesson) => lessons.open.includes(lesson.id)).at(-1);
  const following = inOrder.slice(last === undefined ? 0 : inOrder.indexOf(last) + 1).find((lesson) => lesson.id in lessons.closed);
  const closed = following === undefined ? undefined : lessons.closed[following.id];
  const titles = Object.fromEntries(inOrder.map((lesson) => [lesson.id, lesson.title]));
  const why = closed?.why[0];
  return (
    <div class="next">
      {last === undefined ? null : <strong>{words.next}: {last.title}</strong>}
      {following === undefined || why === undefined ? null : (
        <span class="muted">
          {following.title}: {closed?.opens_at ? <>{words.opensAt} <When at={closed.opens_at} /></> : <Reason of={why} currency={session.currency} titles={titles} />}
        </span>
      )}
    </div>
  );
}

function Certificate({ product, course }: { product: string; course: CourseView | undefined }): JSX.Element | null {
  const { words, session } = useSchool();
  const certificate = useAsked({ query: "certificate", contact: session.id, product }).answer;
  if (certificate === undefined || certificate.unmet.some((one) => one.code === "disabled" || one.code === "no_access")) return null;
  return (
    <div class="certificate">
      <h3>{words.certificate}</h3>
      {certificate.issued === null ? null : <span class="pill pill-good">№ {certificate.issued.number}, <Day at={certificate.issued.at} /></span>}
      {certificate.issued !== null ? null : certificate.eligible ? <span class="pill pill-good">{words.certificateReady}</span> : <Unmet of={certificate.unmet} currency={session.currency} titles={testTitles(course)} />}
    </div>
  );
}
