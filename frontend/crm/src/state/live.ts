/** What happens elsewhere: pages that show orders ask again, soon but not for every single change. */

import { signal } from "@preact/signals";
import type { School } from "./school.ts";

/** One more each time that something changed. */
export const revision = signal(0);

/** Whether changes come in; null while nobody follows them. */
export const isConnected = signal<boolean | null>(null);

/** How many answers pages are waiting for. */
export const inFlight = signal(0);

const gatherFor = 250;
const longestWait = 3000;
let timer: ReturnType<typeof setTimeout> | undefined;

/** Let pages ask again, once for all changes of the next moment. */
export function somethingChanged(): void {
  clearTimeout(timer);
  timer = setTimeout(() => (revision.value += 1), gatherFor);
}

/** Let pages ask again at once, and wait until they have: what was done here is never shown as it was before. */
export async function caughtUp(): Promise<void> {
  clearTimeout(timer);
  revision.value += 1;
  // pages ask in effects, which run after they are drawn
  await new Promise((resolve) => setTimeout(resolve, 50));
  await new Promise<void>((resolve) => {
    const stop = inFlight.subscribe((count) => {
      if (count === 0) setTimeout(() => (stop(), resolve()), 0);
    });
    setTimeout(() => (stop(), resolve()), longestWait);
  });
}

/** Follow changes until the signal is aborted. */
export async function followChanges({ client, session }: School, signal: AbortSignal): Promise<void> {
  // who sees only their own orders may not see what happens to the others (K8)
  if (session.role === "own_orders" || session.kind === "customer") return;
  try {
    const { next } = await client.ask({ query: "changes", limit: 0 });
    const onConnected = (connected: boolean): void => void (isConnected.value = connected);
    for await (const _ of client.changes({ after: next, signal, onConnected })) somethingChanged();
  } catch {
    // without it pages are right whenever they are opened; only the dot in the corner says so
    isConnected.value = false;
  }
}
