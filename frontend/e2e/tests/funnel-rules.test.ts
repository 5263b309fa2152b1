/** «Настройка распределения заказов по статусам» (S3): rules are tried before they are saved, and nothing is left without a place. */

import type { Locator, Page } from "playwright-core";
import { expect, test } from "vitest";
import { useBrowser } from "../browser.ts";
import { said, school } from "../stories.ts";

const { signedIn } = useBrowser();

/** The block of a page with this title. */
function block(page: Page, title: string): Locator {
    return page
        .locator("section.block")
        .filter({ has: page.getByRole("heading", { name: title, exact: true, level: 2 }) });
}

test("Какой статус должен присваиваться при событии: правило пробуют на прошлом, прежде чем сохранить", async () => {
    const page = await signedIn();
    await page.goto("/#/funnels/vip");
    const trial = block(page, "Проба на минулому");
    await trial.getByText(/З останніх \d+ замовлень/).waitFor();
    const rule = block(page, "Правила")
        .locator(".rules > li")
        .filter({ has: page.locator("option:checked", { hasText: /^Замовлення оплачено$/ }) });
    await rule.getByLabel("Статус").selectOption({ label: "Погоджено" });
    await trial.getByText("Навчається → Погоджено").first().waitFor();
    await page.getByRole("button", { name: "Відкинути зміни" }).click();
    await expect.poll(() => trial.getByText("Навчається → Погоджено").count()).toBe(0);
    const { rules } = await school().ask({ query: "funnel", funnel: "vip" });
    expect(rules.find((one) => one.event === "order.paid")?.status).toBe("learning");
});

test("Статус, в котором есть заказы, убирают, сказав, куда они перейдут", async () => {
    const page = await signedIn({ expects: /status of 4/ });
    await page.goto("/#/funnels/vip");
    const before = await school().ask({ query: "count", funnel: "vip", status: ["request", "call"] });
    const row = page.locator(".statuses li").filter({ has: page.getByLabel("Нижче: Нова заявка") });
    await row.getByRole("button", { name: "Прибрати" }).click();
    const dialog = page.getByRole("dialog");
    await dialog.getByRole("button", { name: "Прибрати" }).click();
    await page.locator(".toast-refused").waitFor();
    await dialog.getByLabel("Куди перенести замовлення").selectOption({ label: "Очікує дзвінка" });
    await dialog.getByRole("button", { name: "Прибрати" }).click();
    await said(page, "Видалити статус");
    expect(await school().ask({ query: "count", funnel: "vip", status: "call" })).toBe(before);
    const { statuses, rules } = await school().ask({ query: "funnel", funnel: "vip" });
    expect(statuses.map((one) => one.id)).not.toContain("request");
    expect(rules.find((one) => one.event === "order.created")?.status).toBe("call");
});

test("Фильтры списка остаются в адресе: загруженная заново, страница та же", async () => {
    const page = await signedIn();
    await page.goto("/#/orders?view=list&payment_status=unpaid&manager=iryna");
    const count = await school().ask({
        query: "count",
        payment_status: "unpaid",
        manager: "iryna",
        cancelled: false,
        superseded: false,
    });
    await expect.poll(() => page.getByTestId("count").textContent()).toBe(String(count));
    await page.reload();
    await expect.poll(() => page.getByTestId("count").textContent()).toBe(String(count));
    expect(page.url()).toContain("manager=iryna");
});
