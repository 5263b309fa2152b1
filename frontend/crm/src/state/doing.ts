/** Commands that people give: done, or refused with the reason, and undone where a command has an inverse. */

import { signal } from "@preact/signals";
import { ProblemError, settled, type Command, type Receipt, type Settled } from "@kwiga-orders/client";
import { caughtUp } from "./live.ts";
import { school } from "./school.ts";

/** A note at the edge of the page. */
export interface Toast {
  readonly id: number;
  readonly text: string;
  readonly tone: "done" | "refused";
  readonly undo: (() => void) | null;
}

export const toasts = signal<readonly Toast[]>([]);

const shownFor = 7000;
let lastId = 0;

export function say(text: string, tone: Toast["tone"], undo: Toast["undo"] = null): void {
  const toast = { id: ++lastId, text, tone, undo };
  toasts.value = [...toasts.value.slice(-3), toast];
  setTimeout(() => retire(toast.id), shownFor);
}

/** Take a note away in its time, but not from under somebody who points at it, or has tabbed to it. */
function retire(id: number): void {
  if (document.querySelector(".toasts:is(:hover, :focus-within)") === null) dismiss(id);
  else setTimeout(() => retire(id), shownFor);
}

export function dismiss(id: number): void {
  toasts.value = toasts.value.filter((toast) => toast.id !== id);
}

/** What is said when it is done, and the command that takes it back. */
export interface Doing {
  done?: string;
  undo?: Command;
}

/** How many commands are being executed: what they would do is not asked any more. */
export const busy = signal(0);

/** Execute a command and say what came of it. */
export async function perform(command: Command, { done, undo }: Doing = {}): Promise<Settled<Receipt>> {
  const current = school.value;
  if (current === null) throw new Error("nobody is signed in");
  // with a key of its own a double click, or a retry, is done once (K1)
  const keyed = { ...command, idempotency_key: command.idempotency_key ?? crypto.randomUUID() };
  busy.value += 1;
  const outcome = await settled(current.client.execute(keyed));
  if (outcome.ok) {
    const back = undo && (() => void perform(undo, { done: current.words.undone }));
    say(done ?? current.labels.of("command", command.command), "done", back ?? null);
    await caughtUp();
  } else {
    say(reasonOf(outcome.problem), "refused");
  }
  busy.value -= 1;
  return outcome;
}

/** A problem in the words of the page: the service's own sentence, or what the page knows itself. */
export function reasonOf(problem: ProblemError): string {
  const current = school.value;
  if (current === null) return problem.message;
  const { words, labels, locale } = current;
  if (problem.code === "network.failed") return words.notReached;
  // hints are English, for whoever writes to the service: people read which field it is, and what is wrong with it
  const faults = problem.faults.map(({ path, code, hint }) => {
    const name = path.split(".").findLast((part) => !/^\d+$/.test(part)) ?? "";
    return `${labels.of("field", name)}: ${locale === "en" ? hint : labels.of("error", code)}`;
  });
  return faults.join("; ") || problem.message;
}
