import { describe, expect, inject, test } from "vitest";
import {
  amountOf,
  Client,
  dayOf,
  digitsOf,
  Labels,
  localOf,
  moneyOf,
  shownDay,
  shownDistance,
  shownInstant,
  shownMoney,
  sumOf,
  typedAmount,
} from "../src/index.ts";
import { secrets } from "./service.ts";

describe("money", () => {
  test("is exact beyond what a float holds", () => {
    const large = moneyOf("90071992547409930.11", "UAH");
    expect(large.minor).toBe(9007199254740993011n);
    expect(amountOf(large)).toBe("90071992547409930.11");
    expect(shownMoney("90071992547409930.11", "UAH", "en")).toContain("90,071,992,547,409,930.11");
    expect(amountOf(sumOf([moneyOf("0.10", "UAH"), moneyOf("0.20", "UAH")], "UAH"))).toBe("0.30");
  });

  test("has the digits of its currency", () => {
    expect(["UAH", "JPY", "KWD"].map(digitsOf)).toEqual([2, 0, 3]);
    expect(amountOf(moneyOf("1000", "JPY"))).toBe("1000");
    expect(amountOf(moneyOf("-1.5", "KWD"))).toBe("-1.500");
    expect(amountOf(moneyOf("0.05", "UAH"))).toBe("0.05");
  });

  test("what is finer than the currency, of another one, or no amount is refused", () => {
    expect(() => moneyOf("10.5", "JPY")).toThrow(RangeError);
    expect(() => moneyOf("1e3", "UAH")).toThrow(RangeError);
    expect(() => sumOf([moneyOf("1", "EUR")], "UAH")).toThrow(RangeError);
    expect(moneyOf("10.500", "UAH").minor).toBe(1050n);
  });

  test("is typed as people type it", () => {
    expect(["1 000,50", "1000.5", "10", "1\u00a0000", "", "ten", "-1"].map(typedAmount)).toEqual([
      "1000.50",
      "1000.5",
      "10",
      "1000",
      null,
      null,
      null,
    ]);
  });
});

describe("instants", () => {
  const kyiv = "Europe/Kyiv";

  test("are shown in the school's zone", () => {
    expect(shownInstant("2026-12-31T22:30:00Z", kyiv, "en-GB")).toBe("1 Jan 2027, 00:30");
    expect(shownDay("2026-12-31T22:30:00Z", "America/New_York", "en-GB")).toBe("31 Dec 2026");
    expect(dayOf("2026-12-31T22:30:00Z", kyiv)).toBe("2027-01-01");
  });

  test("go into a field and come back over both changes of the clocks", () => {
    expect(localOf("2026-03-29T00:59:00Z", kyiv)).toBe("2026-03-29T02:59");
    expect(localOf("2026-03-29T01:00:00Z", kyiv)).toBe("2026-03-29T04:00");
    expect(localOf("2026-10-25T01:30:00Z", kyiv)).toBe("2026-10-25T03:30");
  });

  test("are said by their distance", () => {
    const now = new Date("2026-11-01T10:00:00Z");
    expect(shownDistance("2026-11-04T10:00:00Z", now, "en")).toBe("in 3 days");
    expect(shownDistance("2026-11-01T08:00:00Z", now, "en")).toBe("2 hours ago");
    expect(shownDistance("2026-11-01T10:00:10Z", now, "uk")).toMatch(/хвилин/);
  });
});

describe("labels", () => {
  test.each(["uk", "ru", "en"] as const)("every status and period is said in %s", async (locale) => {
    const client = new Client({ address: inject("address"), project: "school", token: secrets.owner });
    const labels = new Labels(await client.ask({ query: "texts", locale }));
    for (const status of ["unpaid", "partially_paid", "paid", "partially_refunded", "refunded"]) {
      expect(labels.has("payment_status", status)).toBe(true);
    }
    const said = [1, 2, 5].map((days) => labels.period({ days }));
    expect(new Set(said.map((text) => text.replace(/\d/, ""))).size).toBe(locale === "en" ? 2 : 3);
    expect(labels.filled("reason", "expired.until", { until: "DAY" })).toContain("DAY");
    expect(labels.of("payment_status", "nothing")).toBe("nothing");
  });
});
