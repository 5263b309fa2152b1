/** A browser of the system, and people at it: each has pages of their own, and no page may write an error. */

import { existsSync } from "node:fs";
import { chromium, type Browser, type Page, type Request } from "playwright-core";
import { afterAll, afterEach, beforeAll, expect, inject } from "vitest";
import { secrets } from "./service.ts";

export interface Who {
  role?: keyof typeof secrets;
  locale?: "uk" | "ru" | "en";
  width?: number;
  scheme?: "light" | "dark";
  /** What the browser itself writes of answers that a story makes fail. */
  expects?: RegExp;
}

const places = [process.env["CHROMIUM"], "/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"];

const unanswered = new WeakMap<Page, ReadonlySet<Request>>();
const restsFor = 240;

/** Wait until every question is answered and nothing more is asked: answers make pages ask again. */
export async function settled(page: Page): Promise<void> {
  for (let restedFor = 0; restedFor < restsFor; ) {
    await page.waitForTimeout(60);
    restedFor = (unanswered.get(page)?.size ?? 0) > 0 ? 0 : restedFor + 60;
  }
}

/** Launch a browser for a test file; call it at its top. */
export function useBrowser(): {
  signedIn: (who?: Who) => Promise<Page>;
  opened: (href: string, who?: Who) => Promise<Page>;
} {
  const address = inject("address");
  let browser: Browser;
  const errors: string[] = [];
  const pages: Page[] = [];

  beforeAll(async () => {
    const executablePath = places.find((place) => place !== undefined && existsSync(place));
    if (executablePath === undefined)
      throw new Error("no Chromium here: `apt-get install chromium`, or name one in CHROMIUM");
    // no sandbox: in containers the tests are root
    browser = await chromium.launch({ executablePath, args: ["--no-sandbox"] });
  });
  afterAll(() => browser.close());
  afterEach(async () => {
    for (const page of pages.splice(0)) await page.context().close();
    expect(errors.splice(0), "errors in the console").toEqual([]);
  });

  const opened = async (
    href: string,
    { locale = "uk", width = 1440, scheme = "light", expects }: Who = {},
  ): Promise<Page> => {
    const context = await browser.newContext({
      baseURL: address,
      locale,
      colorScheme: scheme,
      viewport: { width, height: 900 },
      permissions: ["clipboard-read", "clipboard-write"],
    });
    const page = await context.newPage();
    page.setDefaultTimeout(10_000);
    page.on("console", (message) => {
      if (message.type() === "error" && !expects?.test(message.text())) errors.push(message.text());
    });
    const asked = new Set<Request>();
    unanswered.set(page, asked);
    // questions and previews; the stream of changes never ends, and is no POST
    page.on("request", (request) => request.method() === "POST" && asked.add(request));
    page.on("requestfinished", (request) => asked.delete(request));
    page.on("requestfailed", (request) => asked.delete(request));
    page.on("pageerror", (error) => errors.push(String(error)));
    pages.push(page);
    await page.goto(href);
    return page;
  };
  const signedIn = async (who: Who = {}): Promise<Page> => {
    const page = await opened(`/#/sign-in/${secrets[who.role ?? "owner"]}`, who);
    await page.locator(".board").waitFor();
    return page;
  };
  return { signedIn, opened };
}

/** The text of the toast that says what a command came to. */
export async function toast(page: Page): Promise<string> {
  return (await page.locator(".toast > span").last().textContent()) ?? "";
}
