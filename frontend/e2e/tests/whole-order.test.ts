/** The forms of the contract, drawn by our own renderer: an order by hand with every setting (S1), and an offer's. */

import { beforeAll, expect, test } from "vitest";
import { useBrowser } from "../browser.ts";
import { does, said, school } from "../stories.ts";

const { signedIn } = useBrowser();

beforeAll(async () => {
    // an offer of their own: other stories edit those of the school
    const items = [{ product: "design", price: "5400.00" }];
    await does({
        command: "create_offer",
        code: "evening",
        title: "Вечірній",
        state: "published",
        items,
        payment_options: [{ id: "full", kind: "full" }],
    });
    await does({ command: "save_contact", id: "whole", name: "Емілія Цілковита", email: "whole@example.com" });
});

test("Чтобы создать заказ вручную: каждая настройка", async () => {
    const page = await signedIn();
    await page.goto("/#/order/new");
    await page.getByRole("link", { name: "Усі налаштування" }).click();
    await page.getByRole("searchbox").fill("цілковита");
    await page.getByRole("button", { name: "Емілія Цілковита" }).click();

    await page.getByRole("button", { name: "+ Додати: Продукти" }).click();
    const line = page.getByRole("group", { name: "Продукти 1" });
    await line.getByLabel(/^Продукт/).selectOption({ label: "Python з нуля" });
    await line.getByLabel(/^Ціна/).fill("6 500,50");
    await line.getByLabel("Початок").selectOption({ label: "Від дня" });
    await line.getByLabel(/^Коли/).first().fill("2027-02-01");
    await line.getByLabel("Тривалість").selectOption({ label: "На строк" });
    await line.getByRole("spinbutton", { name: "Строк" }).fill("3");
    await line.getByRole("combobox", { name: "Строк" }).selectOption({ label: "Місяців" });
    await line.getByLabel("Що відкрито").selectOption({ label: "Лише вибране" });
    await line.locator(".form-several").getByLabel("Глибше").check();
    await line.locator(".form-several").getByLabel("Ідея").check();
    await line.getByLabel("Затримки").selectOption({ label: "Власні" });
    await line.locator('.form-list[aria-label="Уроки"]').getByRole("combobox").last().selectOption({ label: "Файли" });
    await line.locator(".form-pair").getByLabel("Файли").selectOption({ label: "Через якийсь час" });
    await line.locator(".form-pair").getByRole("spinbutton").fill("7");
    await line.getByLabel("Контрольні точки").selectOption({ label: "Без контрольних точок" });
    await line.getByLabel("Практики").selectOption({ label: "Жодна не обов’язкова" });
    await line.getByLabel("Коментарі").selectOption({ label: "Дозволено" });
    await line.getByLabel("Сертифікат").selectOption({ label: "За власних умов" });
    await line.getByRole("group", { name: "Куратори" }).getByLabel("Оксана Лисенко").check();

    await page.getByLabel("Знижка", { exact: true }).first().fill("500");
    await page.getByRole("combobox", { name: "Знижка" }).selectOption({ label: "Сумою" });
    await page.getByRole("button", { name: "+ Додати: Платежі" }).click();
    const payment = page.getByRole("group", { name: "Платежі 1" });
    await payment.getByLabel(/^Сума/).fill("3000");
    await payment.getByLabel("Сплачено").check();
    // what is paid is not due, and closes nothing
    await payment.getByLabel("Закриває доступ").waitFor({ state: "detached" });
    await payment.getByLabel("Спосіб оплати").selectOption({ label: "Готівка" });
    await payment.getByLabel("Платіжна система").waitFor({ state: "detached" });

    // until a funnel is chosen the statuses are those of the default one
    const statuses = page.getByLabel("Статус").getByRole("option");
    await statuses.filter({ hasText: "Підписка" }).waitFor({ state: "attached" });
    await page.getByLabel("Воронка").selectOption({ label: "З ментором" });
    await statuses.filter({ hasText: "Підписка" }).waitFor({ state: "detached" });
    await page.getByLabel("Статус").selectOption({ label: "Погоджено" });
    await page.getByLabel("Менеджер").selectOption({ label: "Ірина Бойко" });
    await page.getByLabel("Теги").fill("вебінар, на папері");
    await page.getByText("Що зміниться").waitFor();
    await page.getByRole("button", { name: "Створити замовлення" }).click();
    await page.getByRole("heading", { level: 1, name: /№ \d+/ }).waitFor();

    const { rows } = await school().ask({ query: "orders", contact: "whole" });
    // what is paid moves the order by the rule of its funnel, from the status that it was made in
    const order = await school().ask({ query: "order", order: rows[0]?.id ?? "" });
    expect(order).toMatchObject({
        price: "6500.50",
        discount: "500.00",
        total: "6000.50",
        paid: "3000.00",
        payment_status: "partially_paid",
        funnel: "vip",
        status: "learning",
        manager: "iryna",
        tags: ["вебінар", "на папері"],
    });
    expect(order.lines[0]).toMatchObject({
        product: "python",
        curators: ["oksana"],
        terms: {
            start: { kind: "from" },
            duration: { kind: "for", period: { months: 3 } },
            scope: { kind: "only", modules: ["deep"], lessons: ["idea"] },
            delays: { kind: "override", lessons: { files: { kind: "after", period: { days: 7 } } } },
            checkpoints: { kind: "off" },
            practices: { kind: "none" },
            comments: "on",
            certificate: { kind: "when" },
        },
    });
});

test("лучше редактировать сам тариф: его варианты оплаты и срок продажи", async () => {
    const page = await signedIn();
    await page.goto("/#/offer/evening");
    await page.getByRole("button", { name: "+ Додати: Варіанти оплати" }).click();
    const option = page.getByRole("group", { name: "Варіанти оплати 2" });
    await option.getByLabel("Варіанти оплати").selectOption({ label: "Рівними частинами" });
    await option.getByLabel(/^Ідентифікатор/).fill("two");
    await option.getByLabel(/^Скільки частин/).fill("2");
    await option.getByRole("spinbutton", { name: "Період" }).fill("1");
    await option.getByRole("combobox", { name: "Період" }).selectOption({ label: "Місяців" });
    await page.getByRole("button", { name: "Зберегти" }).click();
    await said(page, "Змінити пропозицію");
    const offer = await school().ask({ query: "offer", offer: "evening" });
    expect(offer.payment_options).toMatchObject([
        { id: "full" },
        { id: "two", kind: "parts", count: 2, every: { months: 1 } },
    ]);
    const quote = await school().ask({ query: "quote", offer: "evening", payment_option: "two" });
    expect(quote.payments.map((payment) => payment.amount)).toEqual(["2700.00", "2700.00"]);
});
