/** Server-sent events over `fetch`: unlike `EventSource` it can send a token, and it says why a connection failed. */

import type { ChangeView } from "./contract.ts";
import { ProblemError } from "./problems.ts";

/** From where to follow, until when, and how long to wait before a lost connection is opened again. */
export interface ChangesOptions {
  /** The cursor to go on from, as `onCursor` gave it; by default from the first change that was kept. */
  after?: string;
  signal?: AbortSignal;
  /** Milliseconds before the first, second, … try; the last is used from then on. */
  pauses?: readonly number[];
  /** Called with the cursor up to which everything has been given. */
  onCursor?: (cursor: string) => void;
  /** Called when a connection is opened, and when it is lost. */
  onConnected?: (connected: boolean) => void;
}

const usualPauses = [500, 1000, 2000, 5000, 10_000] as const;

/** Give changes for ever: `open` opens a connection that goes on after the id it is given. */
export async function* changesOf(
  open: (lastId: string | null) => Promise<Response>,
  options: ChangesOptions,
): AsyncGenerator<ChangeView, void> {
  const pauses = options.pauses ?? usualPauses;
  let lastId = options.after ?? null;
  let failures = 0;
  while (!options.signal?.aborted) {
    try {
      const response = await open(lastId);
      options.onConnected?.(true);
      failures = 0;
      for await (const event of eventsOf(response)) {
        if (event.data !== "") yield JSON.parse(event.data) as ChangeView;
        if (event.id !== null) {
          lastId = event.id;
          options.onCursor?.(lastId);
        }
      }
    } catch (error) {
      if (options.signal?.aborted) return;
      // a refusal stays a refusal; only what may be sent again is
      if (error instanceof ProblemError && !error.mayRetry) throw error;
    }
    options.onConnected?.(false);
    await pause(pauses[Math.min(failures, pauses.length - 1)] ?? 0, options.signal);
    failures += 1;
  }
}

interface ServerSentEvent {
  data: string;
  id: string | null;
}

/** Read the events of a stream; an event ends at an empty line. */
export async function* eventsOf(response: Response): AsyncGenerator<ServerSentEvent, void> {
  if (response.body === null) return;
  let waiting = "";
  for await (const chunk of response.body.pipeThrough(new TextDecoderStream())) {
    const events = (waiting + chunk).split("\n\n");
    // what comes after the last empty line is the beginning of an event that has not arrived yet
    waiting = events.pop() ?? "";
    for (const event of events) yield eventOf(event);
  }
}

function eventOf(text: string): ServerSentEvent {
  let id: string | null = null;
  const data: string[] = [];
  for (const line of text.split("\n")) {
    const [, field, value] = /^(\w+): ?(.*)$/.exec(line) ?? [];
    if (field === "data") data.push(value ?? "");
    if (field === "id") id = value ?? "";
  }
  return { data: data.join("\n"), id };
}

function pause(milliseconds: number, signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, milliseconds);
    signal?.addEventListener("abort", () => (clearTimeout(timer), resolve()), { once: true });
  });
}
