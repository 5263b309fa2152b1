/** Everything without a pointer: it is reached, the focus is seen, and it comes back from dialogs. */

import type { Page } from "playwright-core";
import { describe, expect, test } from "vitest";
import { settled, useBrowser } from "../browser.ts";
import { buys, does, firstOrder, said, school } from "../stories.ts";

const { signedIn } = useBrowser();

/** What is focused, in words. */
function focused(page: Page): Promise<string> {
  return page.evaluate(() => {
    const element = document.activeElement;
    return element?.getAttribute("aria-label") ?? element?.getAttribute("data-order") ?? element?.textContent?.trim() ?? "";
  });
}

/** Tab through the whole page: what could be used and was never reached, and where the focus could not be seen. */
async function missed(page: Page): Promise<string[]> {
  await settled(page);
  await page.evaluate(() => (document.activeElement as HTMLElement | null)?.blur());
  const most = await page.locator("a[href], button, input, select, textarea, summary, [tabindex]").count();
  for (let n = 0; n <= most; n++) {
    await page.keyboard.press("Tab");
    await page.evaluate(() => {
      const element = document.activeElement;
      if (element === null || element === document.body) return;
      element.setAttribute("data-reached", "");
      const { outlineStyle, outlineWidth } = getComputedStyle(element);
      if (outlineStyle === "none" || outlineWidth === "0px") element.setAttribute("data-unseen", "");
    });
  }
  return page.evaluate(() => {
    const usable = [...document.querySelectorAll<HTMLElement>("a[href], button:enabled, input:enabled, select:enabled, textarea:enabled, summary")];
    const wrong = usable.filter((one) => one.checkVisibility() && !(one.hasAttribute("data-reached") && !one.hasAttribute("data-unseen")));
    return wrong.map((one) => one.outerHTML.slice(0, 120));
  });
}

describe("by keyboard", () => {
  test("everything on board, list and card is reached, and the focus is seen", async () => {
    const page = await signedIn();
    for (const place of ["/orders?search=олена", "/orders?view=list&search=олена", `/order/${await firstOrder()}`, "/tasks", "/funnels/vip"]) {
      await page.goto(`/#${place}`);
      await page.locator("main h1").first().waitFor({ state: "attached" });
      expect(await missed(page), place).toEqual([]);
    }
  });

  test("arrows walk over the board, with Alt they move the card, and the focus stays on it", async () => {
    const { order } = await buys({ id: "keys", name: "Клава Клавіш" }, { offer: "python-mentor" });
    const other = await buys({ id: "keys-2", name: "Клава Клавіш" }, { offer: "python-mentor" });
    const page = await signedIn();
    await page.goto("/#/orders?funnel=vip&search=клава клавіш");
    await page.locator(`[data-order="${other.order}"]`).focus();
    await page.keyboard.press("ArrowDown");
    expect(await focused(page)).toBe(order);
    await page.keyboard.press("Alt+ArrowRight");
    await said(page, "Очікує дзвінка");
    await page.locator(`[data-status="call"] [data-order="${order}"]`).waitFor();
    await settled(page);
    expect(await focused(page)).toBe(order);
    await page.keyboard.press("ArrowLeft");
    expect(await focused(page)).toBe(other.order);
    // what was done is taken back without a pointer, too
    await page.locator(".toast").getByRole("button", { name: "Скасувати" }).focus();
    await page.keyboard.press("Enter");
    await page.locator(`[data-status="request"] [data-order="${order}"]`).waitFor();
    await page.locator(`[data-order="${order}"]`).focus();
    await page.keyboard.press("Enter");
    await page.getByRole("heading", { level: 1, name: /№/ }).waitFor();
    await settled(page);
    // the card that was entered is gone with its board: the keyboard goes on from the page
    expect(await page.evaluate(() => document.activeElement?.id)).toBe("content");
  });

  test("a dialog holds the focus, and gives it back when it is closed and when it is done", async () => {
    const { order } = await buys({ id: "focus", name: "Фока Фокус" }, { offer: "design" });
    await does({ command: "mark_paid", order, payment: `${order}.1` });
    const page = await signedIn();
    await page.goto(`/#/order/${order}`);
    const extend = page.getByRole("button", { name: "Продовжити", exact: true });
    await extend.focus();
    await page.keyboard.press("Enter");
    await page.getByRole("dialog").waitFor();
    for (let n = 0; n < 12; n++) {
      await page.keyboard.press("Tab");
      const isInside = await page.evaluate(() => document.activeElement === document.body || document.activeElement?.closest("dialog") !== null);
      expect(isInside).toBe(true);
    }
    await page.keyboard.press("Escape");
    await page.getByRole("dialog").waitFor({ state: "detached" });
    await page.waitForFunction(() => document.activeElement?.textContent === "Продовжити");

    await page.keyboard.press("Enter");
    await page.getByRole("dialog").getByRole("spinbutton").fill("3");
    await page.keyboard.press("Enter");
    await page.getByRole("dialog").waitFor({ state: "detached" });
    await page.waitForFunction(() => document.activeElement?.textContent === "Продовжити");
    expect((await school().ask({ query: "order", order })).lines[0]?.adjustments).toMatchObject([{ kind: "extend", by: { days: 3 } }]);
  });

  test("what a rule forbids is reached, and says why", async () => {
    const { order } = await buys({ id: "off", name: "Оля Вимкнена" }, { offer: "design" });
    const page = await signedIn();
    await page.goto(`/#/order/${order}`);
    const freeze = page.getByRole("button", { name: "Заморозити", exact: true });
    await freeze.focus();
    expect(await freeze.isDisabled()).toBe(true);
    await page.keyboard.press("Enter");
    await said(page, "Замовлення не активовано");
  });

  test("boxes behind a button open by Enter, turn by Space, and close by Escape", async () => {
    const page = await signedIn();
    await page.goto("/#/orders?view=list");
    const columns = page.locator(".chooser summary");
    await columns.focus();
    await page.keyboard.press("Enter");
    await page.keyboard.press("Tab");
    await page.keyboard.press("Space");
    await page.getByRole("columnheader", { name: "Номер" }).waitFor({ state: "detached" });
    await page.keyboard.press("Escape");
    expect(await page.locator(".chooser").getAttribute("open")).toBe(null);
    expect(await focused(page)).toBe("Стовпці");
  });

  test("on a phone the pages are behind a button", async () => {
    const page = await signedIn({ width: 390 });
    const menu = page.locator(".menu-button");
    await menu.focus();
    await page.keyboard.press("Enter");
    await page.getByRole("link", { name: "Задачі" }).waitFor();
    await page.keyboard.press("Escape");
    expect(await menu.getAttribute("aria-expanded")).toBe("false");
    await page.keyboard.press("Enter");
    await page.getByRole("link", { name: "Задачі" }).focus();
    await page.keyboard.press("Enter");
    await page.getByRole("heading", { level: 1, name: "Задачі" }).waitFor();
    expect(await page.getByRole("link", { name: "Контакти" }).isVisible()).toBe(false);
  });
});

test("who wants no motion gets none", async () => {
  const page = await signedIn();
  await page.emulateMedia({ reducedMotion: "reduce" });
  await page.route("**/queries", () => undefined);
  await page.goto("/#/contacts");
  await page.getByRole("heading", { level: 1, name: "Контакти" }).waitFor();
  const line = page.locator(".skeleton-line").first();
  await line.waitFor();
  expect(await line.evaluate((one) => getComputedStyle(one).animationName)).toBe("none");
  await page.emulateMedia({ reducedMotion: "no-preference" });
  expect(await line.evaluate((one) => getComputedStyle(one).animationName)).toBe("wait");
});
