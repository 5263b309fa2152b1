import { createRequire } from "node:module";
import { readFileSync } from "node:fs";
import type { AxeResults } from "axe-core";
import type { Page } from "playwright-core";
import { describe, expect, test } from "vitest";
import { useBrowser } from "../browser.ts";
import { firstOrder, learnerLink } from "../stories.ts";

const { opened, signedIn } = useBrowser();
const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

/** What axe finds wrong on the page as it is now. */
async function violations(page: Page): Promise<string[]> {
  // evaluated, not added as a script: the policy of the page would forbid that
  await page.evaluate(axe);
  const found = await page.evaluate("axe.run(document, { resultTypes: ['violations'] })");
  return (found as AxeResults).violations.flatMap((one) => one.nodes.map((node) => `${one.id}: ${node.html.slice(0, 160)}`));
}

const places = [
  "/orders", "/orders?view=list", "/order/new", "/order/whole", "/tasks?of=all", "/contacts", "/offers", "/offer/python-basic", "/funnels", "/takings", "/settings",
] as const;

test("axe would tell", async () => {
  const page = await opened("/");
  await page.getByRole("button").first().waitFor();
  await page.evaluate(() => document.querySelector("button")?.replaceChildren());
  expect((await violations(page)).some((one) => one.startsWith("button-name"))).toBe(true);
});

describe.each(["light", "dark"] as const)("axe finds nothing wrong, %s", (scheme) => {
  test.each([1440, 390])("on any page, %i wide", async (width) => {
    const page = await signedIn({ scheme, width });
    for (const place of [...places, `/order/${await firstOrder()}`]) {
      await page.goto(`/#${place}`);
      await page.locator("main h1").first().waitFor({ state: "attached" });
      await page.waitForTimeout(400);
      expect(await violations(page), place).toEqual([]);
    }
    await page.goto("/#/orders");
    await page.getByRole("button", { name: /Фільтри/ }).click();
    expect(await violations(page), "filters").toEqual([]);
  });

  test("on the learner's page and at the door", async () => {
    const link = await learnerLink("c1");
    const learner = await opened(link, { scheme });
    await learner.locator(".own-order").first().waitFor();
    expect(await violations(learner)).toEqual([]);
    const door = await opened("/", { scheme });
    await door.getByRole("button", { name: "Увійти" }).waitFor();
    expect(await violations(door)).toEqual([]);
  });

  test("in dialogs", async () => {
    const page = await signedIn({ scheme });
    await page.goto(`/#/order/${await firstOrder()}`);
    await page.getByRole("button", { name: "Додати платіж" }).click();
    await page.getByText("Що зміниться").waitFor();
    expect(await violations(page)).toEqual([]);
  });
});
