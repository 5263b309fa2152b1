import type { JSX } from "preact";
import { Action } from "../parts/action.tsx";
import { Money, When } from "../parts/values.tsx";
import { perform } from "../state/doing.ts";
import { useSchool } from "../state/school.ts";
import type { BlockProps } from "./block.ts";

/** What a person must look at, each with a way to say that it was looked at (P16). */
export function Attention({ order, actions }: BlockProps): JSX.Element | null {
  const { words, labels } = useSchool();
  if (order.attention.length === 0) return null;
  return (
    <section class="attention" aria-label={words.attention}>
      <h2>{words.attention}</h2>
      <ul>
        {order.attention.map((item) => (
          <li key={item.id}>
            <strong>{labels.of("attention", item.code)}</strong>
            {item.amount === null ? null : <Money amount={item.amount} currency={item.currency ?? order.currency} />}
            <span class="muted">
              <When at={item.at} /> {item.reference}
            </span>
            <Action
              of="resolve_attention"
              actions={actions}
              onDo={() => void perform({ command: "resolve_attention", order: order.id, item: item.id })}
            />
            {item.payment === null || item.reference === null ? null : (
              <Accept
                order={order}
                actions={actions}
                payment={item.payment}
                reference={item.reference}
                code={item.code}
              />
            )}
          </li>
        ))}
      </ul>
    </section>
  );
}

function Accept({
  order,
  actions,
  payment,
  reference,
  code,
}: BlockProps & { payment: string; reference: string; code: string }): JSX.Element | null {
  // only another amount or currency was kept out, and can be taken in
  if (code !== "other_amount" && code !== "other_currency") return null;
  return (
    <Action
      of="accept_anomaly"
      actions={actions}
      onDo={() => void perform({ command: "accept_anomaly", order: order.id, payment, reference })}
    />
  );
}
