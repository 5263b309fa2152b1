/** An order by hand with every setting there is, drawn from the contract: what it learns tomorrow stands here by itself. */

import type { Command } from "@kwiga-orders/client";
import { Form, wholeOf, type FormHost, type Values } from "@kwiga-orders/renderer";
import type { JSX } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";
import { PreviewPanel, usePreview } from "../card/preview-panel.tsx";
import { Skeleton } from "../parts/states.tsx";
import { perform } from "../state/doing.ts";
import { go, hrefOf, route } from "../state/route.ts";
import { useSchool } from "../state/school.ts";
import { useFormHost } from "./host.ts";

export function WholeOrder(): JSX.Element {
    const host = useFormHost();
    return host === null ? <Skeleton lines={14} /> : <Filled host={host} />;
}

function Filled({ host }: { host: FormHost }): JSX.Element {
    const { words, labels, session } = useSchool();
    const contact = route.value.parameters.get("contact");
    const [values, setValues] = useState<Values>({
        currency: session.currency,
        ...(contact === null ? {} : { contact }),
    });
    const { groups } = host.forms.commands.create_order;
    const whole = wholeOf(host.forms, groups, values);
    const form = useRef<HTMLFormElement>(null);
    const [isFilled, setFilled] = useState(false);
    // the platform knows which fields are required and empty; what is not filled in is not worth asking about
    useEffect(() => setFilled(form.current?.checkValidity() ?? false), [values]);
    const isReady =
        isFilled && whole["contact"] !== undefined && (whole["lines"] !== undefined || whole["offer"] !== undefined);
    // the form says of each value what it may be, and the service has the last word
    const command = isReady ? ({ command: "create_order", ...whole } as unknown as Command) : null;
    const { problem } = usePreview(command);
    const faults = (problem?.faults ?? []).map((one) => ({ ...one, path: one.path.replace(/^command\./, "") }));
    const save = async (): Promise<void> => {
        if (command === null) return;
        const outcome = await perform(command);
        if (outcome.ok && outcome.value.order !== null) go(hrefOf(["order", outcome.value.order]));
    };
    return (
        <form ref={form} class="new-order" onSubmit={(event) => (event.preventDefault(), void save())}>
            <header class="order-title">
                <a class="back" href={hrefOf(["orders"])} aria-label={words.orders}>
                    ←
                </a>
                <h1>{words.newOrder}</h1>
                <span class="spacer" />
                <a href={hrefOf(["order", "new"])}>{words.shortForm}</a>
            </header>
            <div class="order-columns">
                <div class="block contract-form">
                    <h2 class="visually-hidden">{labels.of("command", "create_order")}</h2>
                    <Form host={host} groups={groups} values={values} onValues={setValues} faults={faults} />
                </div>
                <aside>
                    <PreviewPanel command={command} />
                    <button class="button primary" disabled={command === null}>
                        {labels.of("command", "create_order")}
                    </button>
                </aside>
            </div>
        </form>
    );
}
