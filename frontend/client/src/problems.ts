/** Refusals as values: a code that the contract lists, the values that mattered, and of a document every fault. */

import { problemCodeValues, type Fault, type JsonValue, type ProblemCode } from "./contract.ts";

/** What went wrong before a rule could answer: the service was not reached, or it did not know the token. */
export type OutsideCode = "network.failed" | "token.unknown" | "answer.unreadable";

/** Thrown by every method of the client; its `code` says what happened, its `message` says it to a person. */
export class ProblemError extends Error {
  readonly code: ProblemCode | OutsideCode;
  readonly status: number;
  readonly details: { readonly [name: string]: JsonValue };
  readonly faults: readonly Fault[];

  constructor(said: ProblemLike) {
    super(said.title);
    this.name = "ProblemError";
    this.code = said.code;
    this.status = said.status;
    this.details = said.details ?? {};
    this.faults = said.faults ?? [];
  }

  /** Whether the same request may be sent again: nothing was decided, or somebody else was faster. */
  get mayRetry(): boolean {
    return this.status === 0 || this.status >= 500;
  }
}

/** What a problem is made of. */
export interface ProblemLike {
  code: ProblemCode | OutsideCode;
  title: string;
  status: number;
  details?: { [name: string]: JsonValue };
  faults?: Fault[];
}

/** What came of a request, to decide by `ok` instead of catching. */
export type Settled<T> = { ok: true; value: T } | { ok: false; problem: ProblemError };

/** Wait for a request and give its outcome; what is no problem of the service is thrown on. */
export async function settled<T>(request: Promise<T>): Promise<Settled<T>> {
  try {
    return { ok: true, value: await request };
  } catch (error) {
    if (error instanceof ProblemError) return { ok: false, problem: error };
    throw error;
  }
}

const known: ReadonlySet<string> = new Set<string>(problemCodeValues);

/** Read the body of an answer that is no success. */
export async function problemOf(response: Response): Promise<ProblemError> {
  const said: unknown = await response.json().catch(() => null);
  // a proxy before the service answers in a form of its own
  if (!isObject(said) || typeof said["code"] !== "string" || !isCode(said["code"])) {
    return new ProblemError({ code: "answer.unreadable", title: response.statusText, status: response.status });
  }
  return new ProblemError({
    code: said["code"],
    title: typeof said["title"] === "string" ? said["title"] : said["code"],
    status: response.status,
    details: isObject(said["details"]) ? (said["details"] as { [name: string]: JsonValue }) : {},
    faults: Array.isArray(said["faults"]) ? said["faults"].filter(isFault) : [],
  });
}

function isCode(code: string): code is ProblemCode | OutsideCode {
  return known.has(code) || code === "token.unknown";
}

function isFault(value: unknown): value is Fault {
  return isObject(value) && ["path", "code", "hint"].every((name) => typeof value[name] === "string");
}

function isObject(value: unknown): value is { [name: string]: unknown } {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
