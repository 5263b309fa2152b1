/** Starts one `kwiga-orders serve` for all test files: the client is tried against the service, not against a copy. */

import { spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { TestProject } from "vitest/node";
import { freePort, untilAlive } from "./serving.ts";

declare module "vitest" {
  export interface ProvidedContext {
    address: string;
  }
}

export const secrets = { owner: "owner secret", viewer: "viewer secret" } as const;

const command = process.env["KWIGA_ORDERS"] ?? join(import.meta.dirname, "../../../.venv/bin/kwiga-orders");

export default async function setup(project: TestProject): Promise<() => void> {
  const folder = mkdtempSync(join(tmpdir(), "kwiga-orders-client-"));
  const settings = join(folder, "serve.json");
  writeFileSync(settings, JSON.stringify(settingsOf()));
  const port = await freePort();
  const address = `http://127.0.0.1:${port}`;
  const serving = spawn(
    command,
    ["serve", `sqlite:///${folder}/orders.db`, "--settings", settings, "--port", String(port)],
    { stdio: ["ignore", "inherit", "inherit"] },
  );
  await untilAlive(address, serving);
  project.provide("address", address);
  return () => {
    serving.kill();
    rmSync(folder, { recursive: true, force: true });
  };
}

function settingsOf(): object {
  const tokens = Object.entries(secrets).map(([role, secret]) => ({
    sha256: createHash("sha256").update(secret).digest("hex"),
    project: "school",
    role,
    id: "iryna",
  }));
  return {
    projects: [{ id: "school", timezone: "Europe/Kyiv", currency: "UAH", locale: "uk" }],
    tokens,
    people: { iryna: "Ірина" },
    links_key: "key of the tests",
  };
}
