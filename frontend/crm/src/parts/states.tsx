/** What a page shows before, without, or instead of an answer. */

import type { ComponentChildren, JSX } from "preact";
import type { ProblemError } from "@kwiga-orders/client";
import type { Asked } from "../state/asking.ts";
import { reasonOf } from "../state/doing.ts";
import { hrefOf } from "../state/route.ts";
import { useSchool } from "../state/school.ts";

/** Grey lines where the answer will be: the page does not jump when it comes. */
export function Skeleton({ lines = 6 }: { lines?: number }): JSX.Element {
  const { words } = useSchool();
  return (
    <div class="skeleton" role="status" aria-label={words.loading}>
      {Array.from({ length: lines }, (_, n) => (
        <span key={n} class={`skeleton-line width-${n % 4}`} />
      ))}
    </div>
  );
}

export function Empty({ children }: { children: ComponentChildren }): JSX.Element {
  return <div class="empty">{children}</div>;
}

export function Failed({ problem, again }: { problem: ProblemError; again: () => void }): JSX.Element {
  const { words } = useSchool();
  // what is not there will not be there at the next try
  if (problem.code === "not_found")
    return (
      <div class="empty" role="alert">
        <h1>{reasonOf(problem)}</h1>
        <a href={hrefOf([])}>{words.orders}</a>
      </div>
    );
  return (
    <div class="failed" role="alert">
      <strong>{words.failed}</strong>
      <p>{reasonOf(problem)}</p>
      <button type="button" class="button" onClick={again}>
        {words.again}
      </button>
    </div>
  );
}

/** Draw an answer once it is there. */
export function Answered<T>(props: {
  asked: Asked<T>;
  lines?: number;
  children: (answer: T) => ComponentChildren;
}): JSX.Element {
  const { asked, lines } = props;
  if (asked.answer !== undefined) return <>{props.children(asked.answer)}</>;
  if (asked.problem !== null) return <Failed problem={asked.problem} again={asked.again} />;
  return <Skeleton {...(lines === undefined ? {} : { lines })} />;
}
