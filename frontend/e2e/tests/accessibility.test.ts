/** axe on every page, and with every dialog and menu open; wide and on a phone, light and dark. */

import { createRequire } from "node:module";
import { readFileSync } from "node:fs";
import type { AxeResults } from "axe-core";
import type { Locator, Page } from "playwright-core";
import { expect, test } from "vitest";
import { settled, useBrowser } from "../browser.ts";
import { buys, does, firstOrder, learnerLink } from "../stories.ts";

const { opened, signedIn } = useBrowser();
const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

/** What axe finds wrong on the page as it is now, or in its dialog: what lies under that is looked at by itself. */
async function violations(page: Page): Promise<string[]> {
  // evaluated, not added as a script: the policy of the page would forbid that
  await page.evaluate(`globalThis.axe ?? (() => { ${axe} })()`);
  const found = await page.evaluate(
    "axe.run(document.querySelector('dialog[open]') ?? document, { resultTypes: ['violations'] })",
  );
  return (found as AxeResults).violations.flatMap((one) =>
    one.nodes.map((node) => `${one.id}: ${node.html.slice(0, 160)}`),
  );
}

// colours do not depend on the width, nor what there is on the scheme: so each is looked at once
const looks = [
  { width: 390, colorScheme: "dark" },
  { width: 1440, colorScheme: "light" },
] as const;

/** The same wide and on a phone, light and dark, without loading the page anew for each. */
async function expectNothingWrong(page: Page, place: string): Promise<void> {
  await settled(page);
  for (const { width, colorScheme } of looks) {
    await page.setViewportSize({ width, height: 900 });
    await page.emulateMedia({ colorScheme });
    expect(await violations(page), `${place}, ${width} wide, ${colorScheme}`).toEqual([]);
  }
}

test("axe would tell", async () => {
  const page = await opened("/");
  await page.getByRole("button").first().waitFor();
  await page.evaluate(() => document.querySelector("button")?.replaceChildren());
  expect((await violations(page)).some((one) => one.startsWith("button-name"))).toBe(true);
});

test("nothing is wrong on any page", async () => {
  const page = await signedIn({ expects: /404/ });
  const places = [
    "/orders", "/orders?search=nobody-is-called-so", "/orders?view=list", "/order/new", "/order/whole", "/tasks?of=all", "/contacts", "/contact/c1",
    "/offers", "/offer/python-basic", "/funnels/vip", "/takings", "/settings", "/order/there-is-none", `/order/${await firstOrder()}`,
  ];
  for (const place of places) {
    await page.goto(`/#${place}`);
    await page.locator("main h1").first().waitFor({ state: "attached" });
    await expectNothingWrong(page, place);
  }
});

test("nothing is wrong on the learner's page and at the door", async () => {
  const learner = await opened(await learnerLink("c1"));
  await learner.locator(".own-order").first().waitFor();
  await expectNothingWrong(learner, "learner");
  const door = await opened("/", { expects: /401/ });
  await door.getByLabel("Токен").fill("none");
  await door.getByRole("button", { name: "Увійти" }).click();
  await door.getByRole("alert").waitFor();
  await expectNothingWrong(door, "door");
  const ended = await opened("/#/mine/ended", { expects: /401/ });
  await ended.getByRole("heading").waitFor();
  await expectNothingWrong(ended, "a link that ended");
});

test("nothing is wrong in any dialog or menu", { timeout: 120_000 }, async () => {
  const bought = await buys({ id: "axe", name: "Ася Кс" }, { offer: "python-mentor", payment_option: "parts" });
  await does({ command: "mark_paid", order: bought.order, payment: `${bought.order}.1` });
  await does({ command: "add_task", order: bought.order, title: "Подзвонити" });
  const club = await buys({ id: "axe-club", name: "Ася Клуб" }, { offer: "club" });
  const page = await signedIn();

  /** Open something at a place, look at it, and close it as a keyboard does. */
  const look = async (place: string, name: string, opens: (page: Page) => Locator): Promise<void> => {
    if (!page.url().endsWith(`#${place}`)) await page.goto(`/#${place}`);
    await opens(page).click();
    await expectNothingWrong(page, `${place}: ${name}`);
    await page.keyboard.press("Escape");
  };
  const buttons = async (place: string, within: string, names: readonly string[]): Promise<void> => {
    for (const name of names)
      await look(place, name, (at) => at.locator(within).first().getByRole("button", { name, exact: true }));
  };
  const card = `/order/${bought.order}`;
  await buttons(card, ".order-head", ["Змінити", "Скасувати замовлення"]);
  await buttons(card, ".line:nth-of-type(2)", ["Змінити", "Продовжити", "Заморозити", "Встановити кінець"]);
  await buttons(card, ".payment:nth-of-type(1)", ["Повернути", "Зняти позначку про оплату"]);
  await buttons(card, ".payment:nth-of-type(2)", ["Позначити оплаченим", "Змінити"]);
  await buttons(card, "main", ["+ Додати продукт", "Листи", "Додати платіж", "+ Додати"]);
  await buttons(card, ".tasks", ["Змінити"]);
  await buttons(`/order/${club.order}`, "main", ["Зупинити поновлення"]);
  await buttons("/contacts", "main", ["Новий контакт"]);
  await buttons("/contact/axe", "main", ["Змінити", "Об’єднати"]);
  await buttons("/funnels/vip", "main", ["Нова воронка", "Видалити воронку"]);
  await buttons("/funnels/vip", ".statuses li", ["Прибрати"]);
  await look("/funnels/vip", "from which statuses", (at) => at.locator(".rules summary").first());
  await look("/orders?view=list", "columns", (at) => at.locator(".chooser summary"));
  await buttons("/orders?view=list", "main", ["Зробити для всіх", "Фільтри"]);
  await page.setViewportSize({ width: 390, height: 900 });
  await page.locator(".menu-button").click();
  expect(await violations(page), "menu of a phone").toEqual([]);
});
