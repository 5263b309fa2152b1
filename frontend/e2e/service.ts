/** Serves the built CRM over a new school, as `make crm` does, for all test files. */

import { spawn } from "node:child_process";
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { TestProject } from "vitest/node";
import { freePort, untilAlive } from "../client/tests/serving.ts";

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
