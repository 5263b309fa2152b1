/** Serves the built CRM over a new school, as `make crm` does, for all test files. */

import { spawn, type ChildProcess } from "node:child_process";
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { TestProject } from "vitest/node";

declare module "vitest" {
  export interface ProvidedContext {
    address: string;
  }
}

export const secrets = {
  owner: "secret-of-iryna",
  own_orders: "secret-of-maksym",
  viewer: "secret-of-andrii",
} as const;

const root = join(import.meta.dirname, "../..");
const python = process.env["PYTHON"] ?? join(root, ".venv/bin/python");

export default async function setup(project: TestProject): Promise<() => void> {
  if (!existsSync(join(root, "frontend/crm/dist/index.html")))
    throw new Error("the pages are not built: make test-web");
  const folder = mkdtempSync(join(tmpdir(), "kwiga-orders-crm-"));
  const port = await freePort();
  const tokens = Object.entries(secrets).map(([role, secret]) => [`CRM_TOKEN_${role.toUpperCase()}`, secret]);
  const serving = spawn(python, ["-m", "tools.crm", "--port", String(port), "--folder", join(folder, "school")], {
    cwd: root,
    env: { ...process.env, ...Object.fromEntries(tokens) },
    stdio: ["ignore", "ignore", "inherit"],
  });
  const address = `http://127.0.0.1:${port}`;
  await untilAlive(address, serving);
  project.provide("address", address);
  return () => {
    serving.kill();
    rmSync(folder, { recursive: true, force: true });
  };
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once("error", reject);
    server.listen(0, "127.0.0.1", () => {
      const address = server.address();
      server.close(() => resolve(typeof address === "object" && address !== null ? address.port : 0));
    });
  });
}

async function untilAlive(address: string, serving: ChildProcess): Promise<void> {
  for (let tries = 0; tries < 600; tries += 1) {
    if (serving.exitCode !== null) throw new Error(`python -m tools.crm ended with ${serving.exitCode}`);
    const alive = await fetch(`${address}/health`).then(
      (answer) => answer.ok,
      () => false,
    );
    if (alive) return;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  throw new Error(`nothing answers at ${address}`);
}
