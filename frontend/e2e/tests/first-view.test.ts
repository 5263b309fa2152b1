import { gzipSync } from "node:zlib";
import { describe, expect, inject, test } from "vitest";
import { secrets } from "../service.ts";
import { useBrowser } from "../browser.ts";

const { opened, signedIn } = useBrowser();
const most = 100 * 1024;

describe("the first view", () => {
  test("takes at most 100 KB of script, compressed, and nothing from elsewhere", async () => {
    const page = await opened("about:blank");
    const scripts: Promise<number>[] = [];
    const addresses: string[] = [];
    page.on("response", (response) => {
      addresses.push(new URL(response.url()).origin);
      if (response.request().resourceType() === "script")
        scripts.push(response.body().then((body) => gzipSync(body).length));
    });
    await page.goto(`/#/sign-in/${secrets.owner}`);
    await page.locator(".board .card").first().waitFor();
    const size = (await Promise.all(scripts)).reduce((sum, one) => sum + one, 0);
    console.log(`first view: ${(size / 1024).toFixed(1)} KB of script, compressed`);
    expect(size).toBeGreaterThan(0);
    expect(size).toBeLessThanOrEqual(most);
    expect(new Set(addresses)).toEqual(new Set([inject("address")]));
  });

  test("shows a skeleton until the answer is there, and not a spinner", async () => {
    const page = await opened("/");
    await page.route("**/queries", async (route) => {
      await new Promise((resolve) => setTimeout(resolve, 300));
      await route.continue();
    });
    await page.goto(`/#/sign-in/${secrets.owner}`);
    await page.locator(".skeleton").first().waitFor();
    await page.locator(".board .card").first().waitFor();
  });

  test("an answer that does not come is an error state with a way to try again", async () => {
    const page = await signedIn({ expects: /status of 503/ });
    await page.route("**/queries", (route) =>
      route.fulfill({
        status: 503,
        contentType: "application/problem+json",
        body: JSON.stringify({
          code: "store.timed_out",
          title: "Сховище не відповідає",
          status: 503,
          details: {},
        }),
      }),
    );
    await page.goto("/#/takings");
    await page.getByText("Сховище не відповідає").waitFor();
    await page.unroute("**/queries");
    await page.getByRole("button", { name: "Спробувати ще раз" }).click();
    await page.locator(".chart").waitFor();
  });
});
