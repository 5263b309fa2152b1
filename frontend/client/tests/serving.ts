/** Starting a service of the school for tests: a port that is free, and the moment at which it answers. */

import type { ChildProcess } from "node:child_process";
import { createServer } from "node:net";

// a slow machine with other work takes its time
const longest = 60_000;

export function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once("error", reject);
    server.listen(0, "127.0.0.1", () => {
      const address = server.address();
      server.close(() => resolve(typeof address === "object" && address !== null ? address.port : 0));
    });
  });
}

/** Wait until the service answers; an Error if it ends before, or does not begin to. */
export async function untilAlive(address: string, serving: ChildProcess): Promise<void> {
  const end = Date.now() + longest;
  while (Date.now() < end) {
    if (serving.exitCode !== null) throw new Error(`${serving.spawnfile} ended with ${serving.exitCode}`);
    const alive = await fetch(`${address}/health`).then(
      (answer) => answer.ok,
      () => false,
    );
    if (alive) return;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  throw new Error(`${serving.spawnfile} does not answer at ${address}`);
}
