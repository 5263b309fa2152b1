/** The page of the how-to, taken from there: it compiles, is built, and works against the service. */

import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { extname, join } from "node:path";
import { build } from "vite";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { useBrowser } from "../browser.ts";
import { buys, school } from "../stories.ts";
import { secrets } from "../service.ts";

const { opened } = useBrowser();
const frontend = join(import.meta.dirname, "../..");
const page = readFileSync(join(frontend, "../docs/how-to/build-a-frontend.md"), "utf8");
const folder = mkdtempSync(join(tmpdir(), "kwiga-orders-page-"));
const types = { ".html": "text/html", ".js": "text/javascript" };

/** A block of code of the how-to, by the name after its language. */
function block(name: string): string {
  const found = new RegExp(`\`\`\`\\w+ ${name}\\n([^]*?)\`\`\``).exec(page)?.[1];
  if (found === undefined) throw new Error(`the how-to has no ${name}`);
  return found;
}

beforeAll(async () => {
  for (const name of ["index.html", "page.ts"]) writeFileSync(join(folder, name), block(name));
  // as somebody else has it who installed the client: its compiled files and their types
  execFileSync("npm", ["run", "build", "--silent", "--workspace", "client"], { cwd: frontend });
  symlinkSync(join(frontend, "node_modules"), join(folder, "node_modules"));
  const options = {
    strict: true,
    noEmit: true,
    target: "es2023",
    module: "esnext",
    moduleResolution: "bundler",
    lib: ["es2023", "dom", "dom.iterable"],
    types: [],
  };
  writeFileSync(join(folder, "tsconfig.json"), JSON.stringify({ compilerOptions: options, include: ["page.ts"] }));
  execFileSync(join(frontend, "node_modules/.bin/tsc"), ["--project", folder], { stdio: "inherit" });
  await build({
    root: folder,
    base: "./",
    logLevel: "error",
    build: { target: "es2023", modulePreload: { polyfill: false } },
  });
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe("a page of one's own", () => {
  test("is about sixty lines", () => {
    expect(block("page.ts").split("\n").length).toBeLessThanOrEqual(65);
  });

  test("lists who owes, finds, shows what paying would send, and is live", async () => {
    const { order } = await buys({ id: "own-page", name: "Ганна Вітер" }, { offer: "python-basic" });
    const own = await opened("about:blank");
    await own.route("**/own-page/**", async (route) => {
      const file = new URL(route.request().url()).pathname.replace("/own-page/", "") || "index.html";
      const type = types[extname(file) as keyof typeof types];
      await route.fulfill({ body: readFileSync(join(folder, "dist", file)), contentType: type });
    });
    await own.goto(`/own-page/index.html#${secrets.owner}`);
    await own.getByRole("status").getByText(/owe ₴/).waitFor();

    await own.getByLabel("Search").fill("ганна вітер");
    const row = own.getByRole("listitem").filter({ hasText: "Ганна Вітер" });
    await row.getByText("Not paid", { exact: false }).waitFor();
    let asked = "";
    own.on("dialog", (dialog) => ((asked = dialog.message()), void dialog.accept()));
    await row.getByRole("button", { name: "Mark paid" }).click();
    await row.waitFor({ state: "detached" });
    expect(asked).toContain("Access granted");
    expect((await school().ask({ query: "order", order })).payment_status).toBe("paid");
  });
});
