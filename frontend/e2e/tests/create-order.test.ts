/** «Как создать и редактировать заказ»: создание, предложение за предложением (S1). */

import type { Page } from "playwright-core";
import { beforeAll, describe, expect, test } from "vitest";
import { useBrowser } from "../browser.ts";
import { does, said, school } from "../stories.ts";

const { signedIn } = useBrowser();

/** The form as somebody fills it who gives access by hand, up to its payments. */
async function filledForm(page: Page): Promise<void> {
  await page.getByRole("link", { name: "Новый заказ" }).click();
  await page.getByPlaceholder("Имя, email, телефон, номер").fill("Марта Сидоренко");
  await page.getByRole("button", { name: /Марта Сидоренко/ }).click();
  await page.getByRole("button", { name: "+ Добавить продукт" }).click();
  await page.getByLabel("Продукт", { exact: true }).selectOption("python");
  await page.getByLabel("Цена, UAH").fill("6 500,50");
}

beforeAll(async () => {
  await does({
    command: "save_contact",
    id: "marta",
    name: "Марта Сидоренко",
    email: "marta@example.com",
    phone: "+380501112233",
  });
});

describe("Создание заказа", () => {
  test("Перейдите к разделу CRM → Заказы и нажмите +Заказ", async () => {
    const page = await signedIn({ locale: "ru" });
    await page.getByRole("link", { name: "Заказы" }).click();
    await page.getByRole("link", { name: "Новый заказ" }).click();
    await page.getByRole("heading", { level: 1, name: "Новый заказ" }).waitFor();
  });

  test("Или откройте контактную карточку участника и нажмите +Заказ", async () => {
    const page = await signedIn({ locale: "ru" });
    await page.getByRole("link", { name: "Контакты" }).click();
    await page.getByPlaceholder("Имя, email, телефон, номер").fill("067 100-00-00");
    await page.getByRole("link", { name: "Олена Коваль" }).first().click();
    await page.getByRole("link", { name: "Новый заказ" }).click();
    await page.locator(".chosen").getByText("Олена Коваль").waitFor();
  });

  test("Заполните общие параметры: воронка, статус, тип, менеджер, ответственные, комментарий", async () => {
    const page = await signedIn({ locale: "ru" });
    await filledForm(page);
    await page.getByLabel("Воронка", { exact: true }).selectOption({ label: "З ментором" });
    await page.getByLabel("Статус", { exact: true }).selectOption({ label: "Очікує дзвінка" });
    expect(await page.getByLabel("Тип", { exact: true }).first().inputValue()).toBe("regular");
    await page.getByLabel("Менеджер").selectOption({ label: "Ірина Бойко" });
    // the school lists its team, also those whom no order names
    expect(await page.getByLabel("Менеджер").getByRole("option").allInnerTexts()).toContain("Андрій Поліщук");
    for (const label of ["Максим Гнатюк", "Оксана Лисенко"])
      await page.getByLabel("Ответственные").selectOption({ label });
    await page.getByLabel("Комментарий").first().fill("Создан вручную: просит счет");
    await page.getByText("Что изменится").waitFor();
    await page.getByRole("button", { name: "Создать заказ" }).click();
    await page.getByRole("heading", { level: 1, name: /№ \d+/ }).waitFor();
    expect(await page.locator(".order-head").textContent()).toMatch(
      /Ірина Бойко.*Максим Гнатюк, Оксана Лисенко.*Создан вручную: просит счет/,
    );
    expect(await page.locator(".status-switch option:checked").textContent()).toBe("Очікує дзвінка");
    expect(await page.locator(".order-head").getByText("Не оплачен").count()).toBe(1);
  });

  test("В поле Клиент выберите из списка существующих контактов или добавьте нового", async () => {
    const page = await signedIn({ locale: "ru" });
    await page.getByRole("link", { name: "Новый заказ" }).click();
    await page.getByRole("button", { name: "+ Новый контакт" }).click();
    const dialog = page.getByRole("dialog");
    await dialog.getByLabel("Имя").fill("Ганна Нова");
    await dialog.getByLabel(/почта|email/i).fill("hanna@example.com");
    await dialog.getByRole("button", { name: "Сохранить" }).click();
    await page.locator(".chosen").getByText("Ганна Нова").waitFor();
  });

  test("Укажите валюту заявки", async () => {
    const page = await signedIn({ locale: "ru" });
    await filledForm(page);
    await page.getByLabel("Валюта").fill("EUR");
    await page.getByLabel("Цена, EUR").waitFor();
    await page.getByRole("button", { name: "Создать заказ" }).click();
    await page.getByText("6 500,50 €").first().waitFor();
  });

  test("Настройте условия доступа: начало, продолжительность, уроки, задержки, чекпоинты, практика, комментарии, сертификат", async () => {
    const page = await signedIn({ locale: "ru" });
    await filledForm(page);
    await page.getByLabel("Начало доступа").selectOption({ label: "Через время после оплаты" });
    await page.getByRole("spinbutton", { name: "Через время после оплаты" }).fill("3");
    await page.getByLabel("Продолжительность").selectOption({ label: "На период" });
    await page.getByRole("spinbutton", { name: "На период" }).fill("2");
    await page.getByRole("combobox", { name: "На период" }).selectOption("months");
    await page.getByLabel("Уроки").selectOption({ label: "Только эти" });
    await page.getByLabel("Власний проєкт").first().uncheck();
    await page.getByLabel("Задержки").selectOption({ label: "Свои настройки" });
    await page.getByRole("spinbutton", { name: "Глибше" }).fill("5");
    await page.getByLabel("Чекпоинты").selectOption({ label: "Выключено" });
    await page.getByLabel("Практика").selectOption({ label: "Нет" });
    await page.getByLabel("Комментарии").selectOption({ label: "Выключено" });
    await page.getByLabel("Сертификат").selectOption({ label: "При условиях" });
    await page.getByLabel("Пройдено уроков, %").fill("50");
    await page.getByRole("button", { name: "Создать заказ" }).click();
    const line = page.locator(".line").first();
    await line.waitFor();
    const text = await line.textContent();
    for (const part of [
      "Через время после оплаты: 3 дня",
      "2 месяца",
      "Только эти",
      "Свои настройки",
      "Выключено",
      "При условиях",
    ])
      expect(text).toContain(part);
  });

  test("Стоимость – укажите цену продукта (валюта подтягивается из настроек заказа)", async () => {
    const page = await signedIn({ locale: "ru" });
    await filledForm(page);
    const preview = page.locator(".preview");
    await preview.getByText("6 500,50 ₴").first().waitFor();
    expect(await preview.textContent()).toContain("Марта Сидоренко");
  });

  test("Возможно создать неоплаченный платеж: платформа сгенерирует ссылку, ее можно скопировать", async () => {
    const page = await signedIn({ locale: "ru" });
    await filledForm(page);
    await page.getByRole("button", { name: "+ Добавить платеж" }).click();
    const payment = page.getByRole("group", { name: "Платежи 1" });
    expect(await payment.getByLabel("Уже оплачено").isChecked()).toBe(false);
    await payment.getByLabel("Вид").selectOption({ label: "Предоплата" });
    expect(await payment.getByLabel("Закрывает доступ").isChecked()).toBe(false);
    await payment.getByLabel(/^Сумма/).fill("2000");
    await payment.getByLabel("Платежная система").selectOption("wayforpay");
    await payment.getByLabel("Отправить письмо").check();
    await page.getByRole("button", { name: "Создать заказ" }).click();
    const row = page.locator(".payment").first();
    await row.getByRole("button", { name: "Копировать ссылку" }).click();
    await said(page, "Ссылка скопирована");
    const link = await page.evaluate(() => navigator.clipboard.readText());
    expect(link).toContain("/sandbox/");

    // «После оплаты по такой ссылке платеж автоматически изменит статус на Оплаченный»
    await page.evaluate((href) => void window.open(href), link);
    const sandbox = await page.context().waitForEvent("page");
    await sandbox.getByRole("button", { name: "Pay" }).click();
    await sandbox.getByRole("heading", { name: "Paid" }).waitFor();
    await row.getByText("Оплачен", { exact: true }).waitFor();
    await page.locator(".order-head").getByText("Частично оплачен").waitFor();
    await page.locator(".line").getByText("Открыто").first().waitFor();
  });

  test("Статус можно изменить и вручную и добавить комментарий", async () => {
    const page = await signedIn({ locale: "ru" });
    const made = await does({
      command: "create_order",
      contact: "marta",
      lines: [{ product: "design", price: "500.00" }],
      payments: [{ amount: "500.00" }],
    });
    await page.goto(`/#/order/${made.order}`);
    await page.getByRole("button", { name: "Отметить оплаченным" }).click();
    const dialog = page.getByRole("dialog");
    await dialog.getByLabel("Комментарий").fill("Наличными в офисе");
    await dialog.getByText("Письма, которые уйдут").waitFor();
    await dialog.getByRole("button", { name: "Отметить оплаченным" }).click();
    await page.locator(".payment").getByText("Наличными в офисе").waitFor();
    const order = await school().ask({ query: "order", order: made.order ?? "" });
    expect([order.payment_status, order.payments[0]?.comment]).toEqual(["paid", "Наличными в офисе"]);

    // what has an inverse can be taken back
    await page.locator(".toast").getByRole("button", { name: "Отменить" }).click();
    await page
      .locator(".payment")
      .getByText(/^Не ?оплачен/)
      .waitFor();
  });
});
