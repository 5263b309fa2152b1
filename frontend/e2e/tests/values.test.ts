/** What the pages work out by themselves: where rules would have put an order, and what of a form is sent. */

import { describe, expect, test } from "vitest";
import type { EventView, Forms } from "../../client/src/index.ts";
import { replayed } from "../../crm/src/pages/funnel-replay.ts";
import { wholeOf } from "../../renderer/src/values.ts";

const event = (name: string, data: object = {}): EventView => ({ event: name, data }) as unknown as EventView;

describe("rules over what has happened", () => {
    const created = event("order.created");
    const paid = event("order.paid");

    test("a rule moves each time its event happens, and an event without a rule moves nothing (F3, F4)", () => {
        const rules = [{ event: "order.paid", status: "paid" }];
        expect(replayed([created, event("payment.added"), paid], rules, "new")).toBe("paid");
        expect(replayed([created], rules, "new")).toBe("new");
    });

    test("a move by hand stays, a move by another rule is tried anew (F5)", () => {
        const byHand = event("order.moved", { from: "new", to: "call" });
        const byRule = event("order.moved", { from: "new", to: "paid", by: "order.paid" });
        expect(replayed([created, paid, byRule], [], "new")).toBe("new");
        expect(replayed([created, byHand], [], "new")).toBe("call");
    });

    test("`only_from` holds an order where it is, and what a host reports fires once (F4)", () => {
        const rules = [
            { event: "order.paid", status: "paid", only_from: ["agreed"] },
            { event: "course.started", status: "learning" },
        ];
        const started = event("event.reported", { event: "course.started", data: { product: "python" } });
        const back = event("order.moved", { from: "learning", to: "call" });
        expect(replayed([created, paid], rules, "new")).toBe("new");
        expect(replayed([created, started, back, started], rules, "new")).toBe("call");
    });
});

describe("what of a form is sent", () => {
    const field = (name: string, more: object = {}): object => ({
        name,
        label: name,
        required: false,
        widget: "text",
        ...more,
    });
    const groups = [
        {
            title: null,
            fields: [
                field("method", { default: "cashless" }),
                field("gateway", { when: { field: "method", equals: "cashless" } }),
                field("offer"),
                field("lines", {
                    widget: "list",
                    item: { widget: "part", part: "Line" },
                    when: { field: "offer", is: "absent" },
                }),
            ],
        },
    ];
    const forms = {
        commands: {},
        parts: { Line: { groups: [{ title: null, fields: [field("product")] }] } },
    } as unknown as Forms;
    const whole = (values: object): object => wholeOf(forms, groups as never, values as never);

    test("a field whose condition does not hold is not sent, whatever was typed before", () => {
        expect(whole({ method: "cash", gateway: "stripe" })).toEqual({ method: "cash" });
        expect(whole({ offer: "basic", lines: [{ product: "python" }] })).toEqual({ offer: "basic" });
    });

    test("what is unset counts as its default, and is not sent", () => {
        expect(whole({ gateway: "stripe", lines: [{ product: "python", other: 1 }] })).toEqual({
            gateway: "stripe",
            lines: [{ product: "python" }],
        });
    });
});
