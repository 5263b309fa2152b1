/**
 * The forms of the contract in a real browser: a generic renderer draws the manual order, a person fills it in, and the
 * order is there. Started with `npm test`; `PYTHON` has the package, `CHROMIUM` is a browser.
 */

import assert from "node:assert/strict";
import { execFileSync, spawn } from "node:child_process";
import { copyFileSync, existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";

import { chromium } from "playwright-core";

const here = import.meta.dirname;
const root = join(here, "../..");
const made = join(here, "made");
const python = process.env.PYTHON ?? join(root, ".venv/bin/python");
const command = process.env.KWIGA_ORDERS ?? join(root, ".venv/bin/kwiga-orders");
const places = [process.env.CHROMIUM, "/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"];
const secret = "secret of iryna";

let address, browser, serving, folder;
const errors = [];

before(async () => {
  mkdirSync(made, { recursive: true });
  const printed = (form) => execFileSync(command, ["schema", form], { encoding: "utf8", maxBuffer: 2 ** 26 });
  writeFileSync(join(made, "forms.json"), printed("--forms"));
  const contract = join(here, "../client/src/contract.ts");
  if (!existsSync(contract)) writeFileSync(contract, printed("--typescript"));
  for (const file of ["index.html", "page.css"]) copyFileSync(join(here, "src", file), join(made, file));
  for (const task of ["types", "build"]) execFileSync("npm", ["run", task, "--silent"], { cwd: here, stdio: "inherit" });
  folder = mkdtempSync(join(tmpdir(), "kwiga-orders-forms-"));
  const port = await freePort();
  address = `http://127.0.0.1:${port}`;
  const school = ["-m", "tools.crm", "--port", String(port), "--folder", join(folder, "school"), "--site", made];
  const env = { ...process.env, CRM_TOKEN_OWNER: secret };
  serving = spawn(python, school, { cwd: root, env, stdio: ["ignore", "ignore", "inherit"] });
  await untilAlive();
  const executablePath = places.find((place) => place !== undefined && existsSync(place));
  assert.ok(executablePath, "no Chromium here: `apt-get install chromium`, or name one in CHROMIUM");
  browser = await chromium.launch({ executablePath, args: ["--no-sandbox"] });
});

after(async () => {
  await browser?.close();
  serving?.kill();
  if (folder !== undefined) rmSync(folder, { recursive: true, force: true });
});

function freePort() {
  return new Promise((resolve) => {
    const server = createServer();
    server.listen(0, "127.0.0.1", () => {
      const { port } = server.address();
      server.close(() => resolve(port));
    });
  });
}

async function untilAlive() {
  for (let tries = 0; tries < 900; tries += 1) {
    assert.equal(serving.exitCode, null, "the service ended");
    if (await fetch(`${address}/health`).then((answer) => answer.ok, () => false)) return;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  assert.fail(`nothing answers at ${address}`);
}

async function opened(name, { locale = "uk", scheme = "light", width = 1100 } = {}) {
  const context = await browser.newContext({ colorScheme: scheme, viewport: { width, height: 1200 } });
  const page = await context.newPage();
  page.setDefaultTimeout(15_000);
  page.on("console", (message) => message.type() === "error" && errors.push(message.text()));
  page.on("pageerror", (error) => errors.push(String(error)));
  await page.goto(`${address}/#/${name}/${locale}/${encodeURIComponent(secret)}`);
  await page.getByRole("heading", { level: 1 }).waitFor().catch(() => assert.fail(`no form: ${errors.join("; ")}`));
  return page;
}

async function asked(query) {
  const headers = { Authorization: `Bearer ${secret}`, "Content-Type": "application/json" };
  const answer = await fetch(`${address}/school/queries`, { method: "POST", headers, body: JSON.stringify(query) });
  assert.ok(answer.ok, await answer.clone().text());
  return answer.json();
}

describe("the manual order", () => {
  test("is filled in and made", async () => {
    const page = await opened("create_order", { locale: "en" });
    assert.equal(await page.getByRole("heading", { level: 1 }).textContent(), "Create an order");
    for (const group of ["Client", "Cost", "Payment", "General"]) await page.getByText(group, { exact: true }).first().waitFor();
    const contact = (await asked({ query: "contacts" })).rows[0];
    await page.locator("#root_contact").selectOption({ label: contact.name });
    await page.locator("#root_lines__add").click();
    const product = page.locator("#root_lines_0_product");
    await product.selectOption({ index: 1 });
    await page.locator("#root_lines_0_price").fill("1200.00");
    await page.locator("#root_lines_0_terms_duration__oneof_select").selectOption({ label: "For a period" });
    await page.locator("#root_lines_0_terms_duration_period_months, #root_lines_0_terms_duration_period_days").fill("30");
    await page.locator("#root_comment").fill("By the generic form");
    await page.screenshot({ path: join(made, "create_order.png"), fullPage: true });
    await page.locator("button[type=submit]").click();
    await page.getByRole("status").filter({ hasText: /./ }).waitFor();
    assert.match(await page.getByRole("status").innerText(), /^order\.created/);
    const [row] = (await asked({ query: "orders", sort: "-number", limit: 1 })).rows;
    const card = await asked({ query: "order", order: row.id });
    assert.deepEqual(
      [card.contact, card.total, card.comment, card.lines.length, card.lines[0].terms.duration],
      [contact.id, "1200.00", "By the generic form", 1, { kind: "for", period: { days: 30 } }],
    );
    assert.deepEqual(errors.splice(0), []);
  });

  test("shows what an offer decides only without one", async () => {
    const page = await opened("create_order");
    await page.locator("#root_lines").waitFor();
    assert.equal(await page.locator("#root_payment_option").count(), 0);
    await page.locator("#root_offer").selectOption({ index: 1 });
    await page.locator("#root_payment_option").waitFor();
    assert.equal(await page.locator("#root_lines").count(), 0);
    assert.deepEqual(errors.splice(0), []);
  });

  test("is in three languages and two schemes", async () => {
    const titles = new Set();
    for (const locale of ["uk", "ru", "en"]) {
      const page = await opened("create_order", { locale, scheme: locale === "ru" ? "dark" : "light" });
      titles.add(await page.getByRole("heading", { level: 1 }).textContent());
      const text = await page.locator("main").innerText();
      assert.doesNotMatch(text, /\b(field|group|help|command)\.[a-z]/i, "a key shows where a text should");
      await page.screenshot({ path: join(made, `create_order_${locale}.png`), fullPage: true });
    }
    assert.equal(titles.size, 3);
    assert.deepEqual(errors.splice(0), []);
  });
});

describe("every other command", () => {
  test("is drawn, too", async () => {
    const forms = JSON.parse(execFileSync(command, ["schema", "--forms"], { encoding: "utf8", maxBuffer: 2 ** 26 }));
    const page = await opened("create_offer");
    for (const name of Object.keys(forms.commands)) {
      await page.goto(`${address}/?${name}#/${name}/uk/${encodeURIComponent(secret)}`);
      await page.locator("button[type=submit]").waitFor();
      if (name === "create_offer") await page.screenshot({ path: join(made, "create_offer.png"), fullPage: true });
    }
    assert.deepEqual(errors.splice(0), []);
  });
});
