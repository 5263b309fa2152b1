import { beforeAll, describe, expect, expectTypeOf, inject, test } from "vitest";
import {
  Client,
  ProblemError,
  sessionOf,
  settled,
  type ChangeView,
  type OrdersView,
  type PaymentStatus,
} from "../src/index.ts";
import { secrets } from "./service.ts";

const address = inject("address");
const options = { address, project: "school", token: secrets.owner, locale: "en" };
const client = new Client(options);

async function sold(contact: string): Promise<string> {
  await client.execute({ command: "save_contact", id: contact, name: contact });
  const receipt = await client.execute({ command: "open_offer", offer: "basic", contact });
  if (receipt.order === null) throw new Error("no order was made");
  return receipt.order;
}

beforeAll(async () => {
  await settled(
    client.execute({
      command: "create_offer",
      code: "basic",
      title: "Basic",
      state: "published",
      items: [{ product: "python", price: "1000.00" }],
    }),
  );
});

describe("commands and questions", () => {
  test("a course is sold and paid, and the answer has the type of the query", async () => {
    const order = await sold("olena");
    const receipt = await client.execute({ command: "mark_paid", order, payment: `${order}.1` });
    expect(receipt.events).toContain("order.paid");

    const card = await client.ask({ query: "order", order });
    expectTypeOf(card.payment_status).toEqualTypeOf<PaymentStatus>();
    expect([card.payment_status, card.total, card.contact_name]).toEqual(["paid", "1000.00", "olena"]);
    const rows = await client.ask({ query: "orders", contact: "olena" });
    expectTypeOf(rows).toEqualTypeOf<OrdersView>();
    expect(rows.rows.map((row) => row.id)).toContain(order);
  });

  test("a command or a field that the contract does not have does not compile", () => {
    // @ts-expect-error there is no such command
    void (() => client.execute({ command: "pay_order", order: "o1" }));
    // @ts-expect-error there is no such field
    void (() => client.ask({ query: "orders", colour: "red" }));
    // @ts-expect-error there is no such status
    void (() => client.ask({ query: "orders", payment_status: "payed" }));
  });

  test("a preview shows what a command would do, and does nothing", async () => {
    const order = await sold("taras");
    const preview = await client.preview({ command: "mark_paid", order, payment: `${order}.1` });
    expect(preview.views["order"]?.payment_status).toBe("paid");
    expect(preview.letters.map((letter) => letter.kind)).toContain("access_granted");
    expect((await client.ask({ query: "order", order })).payment_status).toBe("unpaid");
  });

  test("the same key is executed once", async () => {
    const order = await sold("inna");
    const note = { command: "add_note", order, text: "called", idempotency_key: `note-${order}` } as const;
    expect(await client.execute(note)).toEqual(await client.execute(note));
    expect((await client.ask({ query: "order", order })).notes).toHaveLength(1);
  });

  test("a list is exported as a file", async () => {
    await sold("maria");
    const file = await client.exported({ contact: "maria" }, "csv");
    expect((await file.text()).split("\n")[0]).toContain("number");
  });
});

describe("problems", () => {
  test("a refusal has a code, a sentence in the reader's language, and the values", async () => {
    const order = await sold("dmytro");
    const outcome = await settled(client.execute({ command: "unfreeze_access", order }));
    expect(outcome.ok).toBe(false);
    if (outcome.ok) return;
    expect(outcome.problem.code).toBe("freeze.none");
    expect(outcome.problem.message).toMatch(/freeze/i);
    expect(outcome.problem.mayRetry).toBe(false);
  });

  test("all faults of a document come at once, each with its path", async () => {
    const wrong = JSON.parse('{"command": "create_order", "contact": "", "lines": [{"product": "p", "price": 1}]}');
    const problem = await client.execute(wrong).catch((error: unknown) => error);
    expect(problem).toBeInstanceOf(ProblemError);
    expect((problem as ProblemError).faults.map((fault) => fault.path).sort()).toEqual(["contact", "lines.0.price"]);
  });

  test("a stale version is a conflict with both versions", async () => {
    const order = await sold("yurii");
    await client.execute({ command: "add_note", order, text: "first" });
    const outcome = await settled(client.execute({ command: "add_note", order, text: "late", expected_version: 1 }));
    expect(outcome).toMatchObject({ ok: false, problem: { code: "order.conflict", status: 412 } });
  });

  test("a wrong token, a service that is away, and an answer of somebody else", async () => {
    const cases = [
      [new Client({ ...options, token: "wrong" }), "token.unknown"],
      [new Client({ ...options, address: "http://127.0.0.1:9" }), "network.failed"],
      [new Client({ ...options, fetch: async () => new Response("<html>", { status: 502 }) }), "answer.unreadable"],
    ] as const;
    for (const [wrong, code] of cases) {
      expect(await settled(wrong.ask({ query: "project" }))).toMatchObject({ ok: false, problem: { code } });
    }
  });

  test("a role that may not", async () => {
    const viewer = new Client({ ...options, token: secrets.viewer });
    const outcome = await settled(viewer.execute({ command: "archive_offer", offer: "basic" }));
    expect(outcome).toMatchObject({ ok: false, problem: { code: "actor.not_allowed", status: 403 } });
  });
});

describe("who asks", () => {
  test("a token says whose it is; a link lets in one customer", async () => {
    expect(await sessionOf(options)).toMatchObject({ project: "school", role: "owner", name: "Ірина" });
    const order = await sold("sofia");
    const link = await client.customerLink("sofia");
    const customer = new Client({ ...options, token: link.secret });
    expect(await sessionOf({ address, token: link.secret })).toMatchObject({ kind: "customer", id: "sofia" });
    const mine = await customer.ask({ query: "customer_orders", contact: "sofia" });
    expect(mine.map((one) => one.id)).toEqual([order]);
    expect(await settled(customer.ask({ query: "order", order }))).toMatchObject({ ok: false });
  });
});

describe("changes", () => {
  async function firstOf(changes: AsyncGenerator<ChangeView, void>, count: number): Promise<ChangeView[]> {
    const found: ChangeView[] = [];
    for await (const change of changes) if (found.push(change) === count) break;
    return found;
  }

  test("what happens comes as it happens, from a cursor on", async () => {
    const { next } = await client.ask({ query: "changes" });
    const following = firstOf(client.changes({ after: next }), 1);
    const order = await sold("roman");
    expect((await following)[0]).toMatchObject({ order, event: "order.created" });
  });

  test("a lost connection is taken up after the last id", async () => {
    const sent: (string | null)[] = [];
    const parts = [
      'id: 1\ndata:\n\nevent: x\ndata: {"order": "a"}\n\nid: 2\ndata:\n\nda',
      'ta: {"order": "b"}\n\ndata: {"order": "b"}\n\n',
    ];
    const lossy = new Client({
      ...options,
      fetch: async (_, request) => {
        sent.push(new Headers(request?.headers).get("last-event-id"));
        const part = parts[Math.min(sent.length, 2) - 1] ?? "";
        return new Response(sent.length === 1 ? part : part.slice(part.indexOf("data:")));
      },
    });
    const found = await firstOf(lossy.changes({ pauses: [0] }), 2);
    expect(found.map((change) => change.order)).toEqual(["a", "b"]);
    expect(sent).toEqual([null, "2"]);
  });

  test("an abort ends it, a refusal is thrown", async () => {
    const stop = new AbortController();
    const following = firstOf(client.changes({ signal: stop.signal }), 1_000_000);
    setTimeout(() => stop.abort(), 50);
    expect((await following).length).toBeLessThan(1_000_000);
    const wrong = new Client({ ...options, token: "wrong" });
    await expect(firstOf(wrong.changes(), 1)).rejects.toMatchObject({ code: "token.unknown" });
  });
});
