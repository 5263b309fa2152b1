/** «Як виглядає замовлення в CRM», речення за реченням (S2). */

import { beforeAll, describe, expect, test } from "vitest";
import { useBrowser } from "../browser.ts";
import { buys, does, plain, said } from "../stories.ts";

const { signedIn } = useBrowser();
let order = "";
let number = 0;

beforeAll(async () => {
  const lesia = { id: "lesia", name: "Леся Гай", phone: "+380671230011" };
  ({ order, number } = await buys(lesia, { offer: "python-mentor", source: "widget" }));
  await does({
    command: "edit_order",
    order,
    manager: "oksana",
    responsibles: ["maksym"],
    tags: ["вебінар"],
    comment: "Видно лише команді",
  });
});

describe("Картка замовлення", () => {
  test("Якщо клієнт відкриває пропозицію повторно, створюється нове замовлення", async () => {
    const again = await does({ command: "open_offer", offer: "python-mentor", contact: "lesia", source: "page" });
    const page = await signedIn();
    await page.goto(`/#/order/${order}`);
    await page.getByRole("link", { name: "Замінені" }).or(page.locator(".order-title a.pill")).first().click();
    await page.waitForURL(new RegExp(again.order ?? "none"));
    await page.goto("/#/orders?funnel=vip&search=lesia");
    await page.locator(".card").first().waitFor();
    // what is superseded is aside, unless it is asked for
    expect(await page.locator(".card").count()).toBe(1);
    await does({ command: "cancel_order", order: again.order ?? "" });
  });

  test("Усі замовлення доступні в розділі CRM → Замовлення; у картці контакту — вкладка Замовлення", async () => {
    const page = await signedIn();
    await page.goto("/#/contact/lesia");
    await page.getByRole("link", { name: `№ ${number}` }).click();
    await page.getByRole("heading", { level: 1, name: `№ ${number}` }).waitFor();
  });

  test("Картка, завантажена наново, лишається карткою: номер у адресі не стає токеном", async () => {
    const page = await signedIn();
    await page.goto(`/#/order/${order}`);
    await page.getByRole("heading", { level: 1, name: `№ ${number}` }).waitFor();
    await page.reload();
    await page.getByRole("heading", { level: 1, name: `№ ${number}` }).waitFor();
  });

  test("Унікальний номер можна використати для фільтрації та швидкого пошуку", async () => {
    const page = await signedIn();
    await page.goto(`/#/orders?view=list&aside=with&number=${number}`);
    await page.getByRole("link", { name: `№ ${number}`, exact: true }).waitFor();
    expect(await page.getByTestId("count").textContent()).toBe("1");
  });

  test("Зазначено воронку, статус у воронці, статус оплати, менеджера, теги й коментар", async () => {
    const page = await signedIn();
    await page.goto(`/#/order/${order}`);
    const head = page.locator(".order-head");
    await head.getByText("Оксана Лисенко").waitFor();
    const text = (await head.textContent()) ?? "";
    for (const part of ["Максим Гнатюк", "вебінар", "Видно лише команді", "Не оплачено", "Віджет"])
      expect(text).toContain(part);
    expect(await page.locator(".status-switch option:checked").textContent()).toBe("Нова заявка");
  });

  test("У блоці з даними клієнта — ім’я, email, телефон, перехід до картки контакту", async () => {
    const page = await signedIn();
    await page.goto(`/#/order/${order}`);
    const client = page.getByRole("region", { name: "Клієнт" });
    await client.getByText("lesia@example.com").waitFor();
    await client.getByText("+380671230011").waitFor();
    await client.getByRole("link", { name: "Леся Гай" }).click();
    await page.getByRole("heading", { level: 1, name: "Леся Гай" }).waitFor();
  });

  test("У розділі вартості видно валюту, ціну, знижку, загальну суму, скільки оплачено; усе сходиться", async () => {
    const page = await signedIn();
    await page.goto(`/#/order/${order}`);
    const cost = page.getByRole("region", { name: "Вартість" });
    await cost.waitFor();
    const rows = await cost.locator("tr").allTextContents();
    const value = (name: string): number => {
      const row = rows.find((one) => one.startsWith(name)) ?? "";
      return Number(
        row
          .slice(name.length)
          .replace(/[^\d,−-]/g, "")
          .replace("−", "-")
          .replace(",", "."),
      );
    };
    expect(value("Ціна")).toBe(16100);
    expect(value("Знижка")).toBe(-1610);
    expect(value("Усього")).toBe(value("Ціна") + value("Знижка"));
  });

  test("Кожен продукт відображається окремим блоком, над назвою — пропозиція, куратори, умови", async () => {
    const page = await signedIn();
    await page.goto(`/#/order/${order}`);
    await page.locator(".line").first().waitFor();
    expect(await page.locator(".line h3").allTextContents()).toEqual(["Python з нуля", "Клуб випускників"]);
    const text = plain(await page.locator(".line").first().textContent());
    for (const part of [
      "Python з ментором",
      "Андрій Поліщук",
      "14 900,00",
      "Затримки",
      "Практика",
      "Коментарі",
      "Сертифікат",
      "Безстроково",
    ])
      expect(text).toContain(part);
  });

  test("Платіж: ID, дата, форма оплати, інтеграція, спроби, посилання, лист-нагадування", async () => {
    const page = await signedIn();
    const made = await does({ command: "open_offer", offer: "marketing", contact: "lesia" });
    const attempt = await does({ command: "start_attempt", order: made.order ?? "", payment: `${made.order}.1` });
    await does({
      command: "report_attempt",
      order: made.order ?? "",
      payment: `${made.order}.1`,
      reference: "r-1",
      outcome: "failed",
      reason: "declined",
    });
    expect(attempt.link).toContain("/sandbox/");
    await page.goto(`/#/order/${made.order}`);
    const payment = page.locator(".payment").first();
    await payment.getByText("На платформі, wayforpay").waitFor();
    const text = (await payment.textContent()) ?? "";
    expect(text).toMatch(/Спроби оплати1/);
    expect(text).toContain("declined");
    await payment.getByRole("button", { name: "Копіювати посилання" }).click();
    await said(page, "Посилання скопійовано");
    await payment.getByRole("button", { name: "Нагадати" }).click();
    await said(page, "Нагадати");
    // at most once an hour (P14): the button says why it is off, or the service does
    await page.getByRole("button", { name: "Листи" }).click();
    await page.getByRole("dialog").getByText("Нагадування", { exact: false }).first().waitFor();
  });

  test("Додавати коментарі або завдання до конкретного замовлення; історія — реченнями", async () => {
    const page = await signedIn();
    await page.goto(`/#/order/${order}`);
    await page.getByLabel("Додати нотатку").fill("Просила передзвонити після шостої");
    await page.getByRole("region", { name: "Нотатки" }).getByRole("button", { name: "Додати" }).click();
    await page.locator(".notes").getByText("Просила передзвонити після шостої").waitFor();
    await page
      .getByRole("region", { name: "Задачі" })
      .getByRole("button", { name: /Додати/ })
      .click();
    const dialog = page.getByRole("dialog");
    await dialog.getByLabel("Назва").fill("Передзвонити");
    await dialog.getByRole("button", { name: "Зберегти" }).click();
    await page.locator(".tasks").getByLabel("Передзвонити").check();
    await page.locator(".tasks .is-done").waitFor();
    await page.locator(".history").getByText("Задачу виконано").first().waitFor();
  });

  test("Налаштувати сертифікат, перебіг замовлення видно на малюнку", async () => {
    const page = await signedIn();
    await page.goto(`/#/order/${order}`);
    const picture = page.getByRole("img", { name: /Перебіг/ });
    await picture.waitFor();
    expect(await picture.locator("circle").count()).toBe(1);
  });
});
