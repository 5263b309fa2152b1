/** A client of kwiga_orders: everything that is on the wire, with its types, and what a page needs to show it. */

export * from "./contract.ts";
export * from "./changes.ts";
export * from "./client.ts";
export * from "./instants.ts";
export * from "./labels.ts";
export * from "./money.ts";
export * from "./problems.ts";
