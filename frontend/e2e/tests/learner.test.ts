/** The learner's page: what is theirs, in their language, and nothing of the team's (V5, K8). */

import type { Page } from "playwright-core";
import { beforeAll, describe, expect, test } from "vitest";
import { useBrowser } from "../browser.ts";
import { buys, does, learnerLink, said, school } from "../stories.ts";

const { opened } = useBrowser();
const planted = "internal-7f3a";
let order = "";

/** Open the learner's page, and gather everything that the service answers it. */
async function learner(contact: string, locale: "uk" | "ru" | "en" = "uk"): Promise<{ page: Page; answers: string[] }> {
  const answers: string[] = [];
  const page = await opened("about:blank", { locale });
  page.on("response", async (response) => answers.push(await response.text().catch(() => "")));
  await page.goto(await learnerLink(contact));
  await page.locator(".own-order").first().waitFor();
  return { page, answers };
}

beforeAll(async () => {
  const nadia = { id: "nadia", name: "Надія Сова" };
  ({ order } = await buys(nadia, { offer: "python-basic", payment_option: "parts", source: "form" }));
  // internal texts wherever a person of the team can write one
  await does({ command: "edit_order", order, comment: planted, tags: [`${planted}-tag`], manager: `${planted}-manager`, responsibles: [`${planted}-responsible`] });
  await does({ command: "add_note", order, text: planted });
  await does({ command: "add_task", order, title: planted, assignee: `${planted}-assignee` });
  await does({ command: "mark_paid", order, payment: `${order}.1`, comment: planted });
  await does({ command: "refund_payment", order, payment: `${order}.1`, amount: "1.00", reason: planted });
  await does({ command: "extend_access", order, by: { days: 3 }, reason: planted });
  const club = await does({ command: "open_offer", offer: "club", contact: "nadia" });
  await does({ command: "edit_order", order: club.order ?? "", comment: planted });
});

describe("a learner", () => {
  test("sees products, lessons open and closed with reasons and times, and what to do next", async () => {
    const { page } = await learner("nadia");
    const product = page.getByRole("region", { name: "Python з нуля" });
    await product.getByText("Відкрито").first().waitFor();
    await product.locator(".lesson-open").getByText("Привіт, Python").waitFor();
    await product.locator(".lesson-closed").getByText("Функції").waitFor();
    expect(await product.locator(".lesson-closed").first().textContent()).toMatch(/відкриється|чекпо|контрольн/i);
    await product.locator(".next").getByText(/Далі:/).waitFor();
  });

  test("sees the schedule, and takes it to a calendar", async () => {
    const { page } = await learner("nadia");
    const product = page.getByRole("region", { name: "Python з нуля" });
    await product.locator(".schedule li").first().waitFor();
    const download = page.waitForEvent("download");
    await product.getByRole("button", { name: "Додати в календар" }).click();
    expect((await download).suggestedFilename()).toBe("python.ics");
  });

  test("sees how much of the certificate is done", async () => {
    const { page } = await learner("nadia");
    await page.locator(".certificate").getByText(/уроків/).waitFor();
  });

  test("pays what is asked, on the payment system's page", async () => {
    const { page } = await learner("nadia");
    await page.getByRole("button", { name: "Оплатити" }).first().click();
    await page.waitForURL(/\/sandbox\//);
    await page.getByRole("button", { name: "Pay" }).click();
    await page.getByRole("heading", { name: "Paid" }).waitFor();
    expect((await school().ask({ query: "order", order })).paid).toBe("5600.00");
  });

  test("stops a subscription", async () => {
    const { page } = await learner("nadia");
    await page.getByRole("button", { name: "Зупинити підписку" }).click();
    await page.getByRole("dialog").getByRole("button", { name: "Зупинити підписку" }).click();
    await said(page, "Підписку зупинено");
    await page.locator(".own-subscription").getByText("Поновлення підписки зупинено").waitFor();
    expect(await page.getByRole("button", { name: "Зупинити підписку" }).count()).toBe(0);
  });

  test.each([["uk", "Мої курси"], ["ru", "Мои курсы"], ["en", "My courses"]] as const)("reads it in %s", async (locale, title) => {
    const { page } = await learner("nadia", locale);
    expect(await page.getByRole("heading", { level: 1 }).textContent()).toBe(title);
  });

  test("never gets an internal text, on the page or in any answer", async () => {
    const { page, answers } = await learner("nadia");
    await page.waitForTimeout(500);
    expect(answers.length).toBeGreaterThan(5);
    expect(answers.filter((answer) => answer.includes(planted))).toEqual([]);
    expect(await page.content()).not.toContain(planted);
    // the staff does see them
    expect(JSON.stringify(await school().ask({ query: "order", order }))).toContain(planted);
  });

  test("comes in by a link that nobody can guess, and sees nobody else", async () => {
    const page = await opened("/#/mine/guessed.link", { expects: /status of 401/ });
    await page.getByText("Це посилання більше не діє").waitFor();
    const secret = (await learnerLink("nadia")).split("/").at(-1) ?? "";
    expect(secret.length).toBeGreaterThan(60);
  });
});

describe("roles", () => {
  test("a viewer changes nothing, and is not offered to", async () => {
    const page = await opened(`/#/sign-in/secret-of-andrii`);
    await page.locator(".board").waitFor();
    expect(await page.getByRole("link", { name: "Нове замовлення" }).count()).toBe(0);
    await page.goto(`/#/order/${order}`);
    await page.locator(".order-head h1").waitFor();
    await page.waitForTimeout(300);
    expect(await page.getByRole("button", { name: /Додати|Змінити|оплаченим|Скасувати/ }).count()).toBe(0);
  });

  test("who has only their own orders sees only those", async () => {
    const page = await opened(`/#/sign-in/secret-of-maksym`);
    await page.locator(".board").waitFor();
    await page.goto("/#/orders?view=list&aside=with");
    const count = page.getByTestId("count");
    await count.waitFor();
    const all = await school().ask({ query: "count" });
    const mine = await school().ask({ query: "count", team: "maksym" });
    await page.waitForFunction((want) => document.querySelector("[data-testid=count]")?.textContent === String(want), mine);
    expect(mine).toBeLessThan(all);
  });
});
