/** «Редактирование заказа», предложение за предложением (S1). */

import { beforeAll, describe, expect, test } from "vitest";
import { useBrowser } from "../browser.ts";
import { buys, does, said, school } from "../stories.ts";

const { signedIn } = useBrowser();
let order = "";
let number = 0;

/** An order that was made automatically, by opening an offer, and paid. */
beforeAll(async () => {
  const stepan = { id: "stepan", name: "Степан Вовк", phone: "+380631234500" };
  ({ order, number } = await buys(stepan, { offer: "python-basic", source: "form" }));
  await does({ command: "mark_paid", order, payment: `${order}.1` });
});

describe("Редактирование заказа", () => {
  test("Найдите в воронке нужный заказ, например с помощью поиска или фильтров", async () => {
    const page = await signedIn({ locale: "ru" });
    await page.getByPlaceholder("Имя, email, телефон, номер").fill("63 123-45-00");
    await page.locator(".card").getByText("Степан Вовк").waitFor();
    expect(await page.locator(".card").count()).toBe(1);
  });

  test("Или откройте карточку контакта нужного участника и перейдите на вкладку Заказы", async () => {
    const page = await signedIn({ locale: "ru" });
    await page.goto("/#/contact/stepan");
    await page.getByRole("link", { name: `№ ${number}` }).click();
    await page.getByRole("heading", { level: 1, name: `№ ${number}` }).waitFor();
  });

  test("Достаточно кликнуть на номер заказа", async () => {
    const page = await signedIn({ locale: "ru" });
    await page.goto("/#/orders?view=list&search=stepan@example.com");
    await page.getByRole("link", { name: `№ ${number}` }).click();
    await page.getByRole("heading", { level: 1, name: `№ ${number}` }).waitFor();
  });

  test("Если вам нужно продлить или заморозить доступ, не нужно открывать заказ", async () => {
    const page = await signedIn({ locale: "ru" });
    await page.goto(`/#/order/${order}`);
    await page.getByRole("button", { name: "Продлить" }).click();
    const dialog = page.getByRole("dialog");
    await dialog.getByRole("spinbutton").fill("10");
    await dialog.getByLabel("Причина").fill("Болел");
    await dialog.getByText("Письма, которые уйдут: Доступ продлен").waitFor();
    await dialog.getByRole("button", { name: "Продлить доступ" }).click();
    await page.locator(".adjustments").getByText("Болел").waitFor();

    await page.getByRole("button", { name: "Заморозить" }).click();
    await dialog.getByRole("spinbutton").fill("7");
    await dialog.getByRole("button", { name: "Заморозить доступ" }).click();
    await page.locator(".line").getByText("Закрыто").waitFor();
    await page.getByRole("button", { name: "Разморозить" }).click();
    await page.locator(".line").getByText("Открыто").waitFor();
    // none of it made a copy (O7)
    expect((await school().ask({ query: "order", order })).copied).toBe(false);
  });

  test("Как изменить дату окончания доступа к курсу", async () => {
    const page = await signedIn({ locale: "ru" });
    await page.goto(`/#/order/${order}`);
    await page.getByRole("button", { name: "Установить конец" }).click();
    const dialog = page.getByRole("dialog");
    await dialog.getByLabel("По", { exact: true }).fill("2027-12-31");
    await dialog.getByRole("button", { name: "Задать конец доступа" }).click();
    await page
      .locator(".line .facts")
      .getByText(/1 янв\. 2028/)
      .waitFor();
  });

  test("Система создает индивидуальную копию: в названии появится пометка Copy system, оригинал больше не влияет", async () => {
    const page = await signedIn({ locale: "ru" });
    await page.goto(`/#/order/${order}`);
    await page.locator(".line").getByRole("button", { name: "Изменить" }).click();
    const dialog = page.getByRole("dialog");
    await dialog.getByLabel("Чекпоинты").selectOption({ label: "Выключено" });
    await dialog.getByLabel("Практика").selectOption({ label: "Нет" });
    await dialog.getByLabel("Комментарии").selectOption({ label: "Включено" });
    await dialog.getByText("Что изменится").waitFor();
    await dialog.getByRole("button", { name: "Сохранить" }).click();
    await page
      .locator(".line")
      .getByText(/Copy system/)
      .waitFor();
    const text = (await page.locator(".line").textContent()) ?? "";
    expect(text).toContain("Отличия от предложения");
    await does({
      command: "edit_offer",
      offer: "python-basic",
      items: [{ product: "python", terms: { comments: "off" } }],
    });
    const line = (await school().ask({ query: "order", order })).lines[0];
    expect([line?.source, line?.terms.comments]).toEqual(["custom", "on"]);
  });

  test("Ограничить или предоставить доступ к определенным урокам, или указать Без ограничений", async () => {
    const page = await signedIn({ locale: "ru" });
    await page.goto(`/#/order/${order}`);
    const dialog = page.getByRole("dialog");
    for (const [choice, kind] of [
      ["Только эти", "only"],
      ["Все уроки", "all"],
    ] as const) {
      await page.locator(".line").getByRole("button", { name: "Изменить" }).click();
      await dialog.getByLabel("Уроки").selectOption({ label: choice });
      await dialog.getByRole("button", { name: "Сохранить" }).click();
      await dialog.waitFor({ state: "detached" });
      expect((await school().ask({ query: "order", order })).lines[0]?.terms.scope.kind).toBe(kind);
    }
  });

  test("Создать новый неоплаченный платеж, если нужно принять доплату по заказу", async () => {
    const page = await signedIn({ locale: "ru" });
    await page.goto(`/#/order/${order}`);
    await page.getByRole("button", { name: "Добавить платеж" }).click();
    const dialog = page.getByRole("dialog");
    await dialog.getByLabel("Вид").selectOption({ label: "Доплата" });
    await dialog.getByLabel(/^Сумма/).fill("300");
    await dialog.getByText("К оплате").first().waitFor();
    await dialog.getByRole("button", { name: "Добавить платеж" }).click();
    await page.locator(".payment").getByText("300,00 ₴").first().waitFor();
    await page.locator(".payment").last().getByRole("button", { name: "Напомнить" }).click();
    await said(page, "Напомнить");
  });

  test("Если нужно изменить доступ нескольким участникам - лучше редактировать не заказ, а сам тариф", async () => {
    const page = await signedIn({ locale: "ru" });
    await page.goto("/#/offer/design");
    await page.getByRole("combobox", { name: "На период" }).waitFor();
    await page.getByRole("spinbutton", { name: "На период" }).fill("8");
    await page.locator(".impact li").first().waitFor();
    await page.getByRole("button", { name: "Сохранить" }).click();
    await said(page, "Изменить предложение");
    expect((await school().ask({ query: "offer", offer: "design" })).version).toBe(2);
  });

  test("Изменения применяются сразу; если заказ тем временем изменил другой, видны обе версии", async () => {
    const page = await signedIn({ locale: "ru", expects: /status of 412/ });
    await page.goto(`/#/order/${order}`);
    await page.locator(".order-title").getByRole("button", { name: "Изменить" }).click();
    const dialog = page.getByRole("dialog");
    await dialog.getByLabel("Комментарий").fill("Моё");
    await does({ command: "edit_order", order, comment: "Чужое" });
    await dialog.getByRole("button", { name: "Сохранить", exact: true }).click();
    await dialog.getByText("Заказ изменил кто-то другой").waitFor();
    const row = dialog.locator("tr.differs").filter({ hasText: "Комментарий" });
    await row.getByText("Чужое").waitFor();
    expect(await row.textContent()).toContain("Моё");
    await dialog.getByRole("button", { name: "Сохранить моё" }).click();
    await page.locator(".order-head .comment").getByText("Моё").waitFor();
  });

  test("Много заказов сразу: сначала видно, какие изменятся и какие откажут", async () => {
    const page = await signedIn({ locale: "ru" });
    await page.goto("/#/orders?view=list&funnel=vip&payment_status=paid");
    await page.getByRole("button", { name: "Сделать для всех" }).click();
    const dialog = page.getByRole("dialog");
    await dialog.getByRole("button", { name: "Что изменится" }).click();
    await dialog.getByText(/Изменится заказов: \d+/).waitFor();
    await dialog.getByRole("button", { name: "Продлить доступ" }).click();
    await said(page, /Сделано: \d+/);
  });
});
