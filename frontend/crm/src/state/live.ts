/** What happens elsewhere: pages that show orders ask again, soon but not for every single change. */

import { signal } from "@preact/signals";
import type { School } from "./school.ts";

/** One more each time that something changed. */
export const revision = signal(0);

/** Whether changes come in; null while nobody follows them. */
export const isConnected = signal<boolean | null>(null);

const gatherFor = 250;
let timer: ReturnType<typeof setTimeout> | undefined;

/** Let pages ask again, once for all changes of the next moment. */
export function somethingChanged(): void {
  clearTimeout(timer);
  timer = setTimeout(() => (revision.value += 1), gatherFor);
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
