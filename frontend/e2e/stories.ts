/** What several stories begin with, done as people do it, or asked as pages ask it. */

import type { Page } from "playwright-core";
import { Client, type Command, type OpenOffer, type Receipt } from "../client/src/index.ts";
import { inject } from "vitest";
import { secrets } from "./service.ts";

/** A client of the same school: what a story needs and is not about is set up by commands. */
export function school(role: keyof typeof secrets = "owner"): Client {
  return new Client({ address: inject("address"), project: "school", token: secrets[role], locale: "uk" });
}

/** Execute a command at the school's desk. */
export function does(command: Command): Promise<Receipt> {
  return school().execute(command);
}

/** Somebody new opens an offer: the order that this makes, and the number that people know it by. */
export async function buys(
  contact: { id: string; name: string; phone?: string },
  opening: Omit<OpenOffer, "command" | "contact">,
): Promise<{ order: string; number: number }> {
  await does({ command: "save_contact", email: `${contact.id}@example.com`, ...contact });
  const { order } = await does({ command: "open_offer", contact: contact.id, ...opening });
  if (order === null) throw new Error(`${opening.offer} made no order`);
  const { number } = await school().ask({ query: "order", order });
  return { order, number };
}

/** The id of the newest order that was paid in full: its card has every block. */
export async function firstOrder(): Promise<string> {
  const { rows } = await school().ask({ query: "orders", payment_status: "paid", product: "python", limit: 1 });
  return rows[0]?.id ?? "";
}

/** The id of an order by its number. */
export async function orderNumbered(number: number): Promise<string> {
  const { rows } = await school().ask({ query: "orders", number });
  return rows[0]?.id ?? "";
}

/** The address of a contact's own page. */
export async function learnerLink(contact: string): Promise<string> {
  const { secret } = await school().customerLink(contact);
  return `/#/mine/${secret}`;
}

/** Wait until the page has done what it was told, as its toasts say. */
export async function said(page: Page, text: string | RegExp): Promise<void> {
  await page.locator(".toast").filter({ hasText: text }).first().waitFor();
}

/** A text with plain spaces: amounts are written with spaces at which no line breaks. */
export function plain(text: string | null): string {
  return (text ?? "").replace(/[\u00a0\u202f]/g, " ");
}
