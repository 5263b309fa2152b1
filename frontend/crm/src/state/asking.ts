/** Questions of pages: skeletons at first, then the answer, then the same answer until a newer one is there. */

import { useEffect, useState } from "preact/hooks";
import { ProblemError, type AnswerOf, type QueryName, type QueryOf } from "@kwiga-orders/client";
import { inFlight, revision } from "./live.ts";
import { useSchool } from "./school.ts";

/** What a page has of a question so far. */
export interface Asked<T> {
  /** Undefined until it was answered for the first time: then a skeleton is shown. */
  readonly answer: T | undefined;
  readonly problem: ProblemError | null;
  /** Ask again now. */
  readonly again: () => void;
}

// the last answers, so that going back shows at once what was there
const kept = new Map<string, unknown>();
const mostKept = 100;

function keep(key: string, answer: unknown): void {
  kept.delete(key);
  kept.set(key, answer);
  const oldest = kept.keys().next();
  if (kept.size > mostKept && !oldest.done) kept.delete(oldest.value);
}

/** Forget all answers: somebody else signs in, or another language is spoken. */
export function forgetAnswers(): void {
  kept.clear();
}

/** Ask a question, and again whenever something changed; null asks nothing. */
export function useAsked<N extends QueryName>(
  query: (QueryOf<N> & { query: N }) | null,
  { live = true }: { live?: boolean } = {},
): Asked<AnswerOf<N>> {
  const { client } = useSchool();
  const key = query === null ? "" : JSON.stringify(query);
  const [tries, setTries] = useState(0);
  const [found, setFound] = useState<{ key: string; answer?: AnswerOf<N>; problem?: ProblemError }>({ key: "" });
  const version = live ? revision.value : 0;

  useEffect(() => {
    if (query === null) return;
    let isWanted = true;
    inFlight.value += 1;
    const asking = client.ask<N>(query).finally(() => (inFlight.value -= 1));
    asking.then(
      (answer) => {
        keep(key, answer);
        if (isWanted) setFound({ key, answer });
      },
      (error: unknown) => {
        if (isWanted && error instanceof ProblemError) setFound({ key, problem: error });
      },
    );
    return () => void (isWanted = false);
    // the key stands for the query: the same question in a new object is not asked again
  }, [client, key, version, tries]);

  const current = found.key === key ? found : undefined;
  return {
    answer: current?.answer ?? (kept.get(key) as AnswerOf<N> | undefined),
    problem: current?.problem ?? null,
    again: () => setTries((count) => count + 1),
  };
}
