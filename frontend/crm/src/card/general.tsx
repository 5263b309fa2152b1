/** The head of the card: number, funnel, status, payment status, team, tags, comment; and what is done to the whole. */

import type { JSX } from "preact";
import { useState } from "preact/hooks";
import type { OrderView } from "@kwiga-orders/client";
import { Action, mayDo } from "../parts/action.tsx";
import { Facts } from "../parts/block.tsx";
import { Person, Pill, When } from "../parts/values.tsx";
import { useAsked } from "../state/asking.ts";
import { perform } from "../state/doing.ts";
import { hrefOf } from "../state/route.ts";
import { useSchool } from "../state/school.ts";
import { filled, type Words } from "../words/index.ts";
import type { BlockProps } from "./block.ts";
import { EditGeneral } from "./edit-general.tsx";
import { ReasonDialog } from "./reason-dialog.tsx";

export function General({ order, actions }: BlockProps): JSX.Element {
  const { words, labels } = useSchool();
  const [isEdited, setEdited] = useState(false);
  const [isCancelled, setCancelled] = useState(false);
  return (
    <header class="order-head">
      <div class="order-title">
        <a class="back" href={hrefOf(["orders"])} aria-label={words.orders}>
          ←
        </a>
        <h1>№ {order.number}</h1>
        <Status order={order} isOff={!mayDo(actions, "move_order")} />
        <Pill kind="payment_status" value={order.payment_status} />
        <Pill kind="type" value={order.type} />
        {order.cancelled ? <span class="pill pill-bad">{labels.of("flag", "cancelled")}</span> : null}
        {order.superseded_by === null ? null : (
          <a class="pill pill-quiet" href={hrefOf(["order", order.superseded_by])}>
            {labels.of("flag", "superseded")}
          </a>
        )}
        <span class="spacer" />
        <Action of="edit_order" actions={actions} onDo={() => setEdited(true)}>
          {words.edit}
        </Action>
        {order.cancelled ? (
          <Action
            of="reopen_order"
            actions={actions}
            onDo={() =>
              void perform(
                { command: "reopen_order", order: order.id },
                { undo: { command: "cancel_order", order: order.id } },
              )
            }
          />
        ) : (
          <Action of="cancel_order" actions={actions} onDo={() => setCancelled(true)} />
        )}
      </div>
      <Facts
        of={[
          [labels.of("field", "manager"), <Person id={order.manager} name={order.manager_name} />],
          [
            labels.of("field", "responsibles"),
            order.responsibles.map((id, n) => order.responsible_names[n] ?? id).join(", ") || "–",
          ],
          [
            labels.of("field", "tags"),
            order.tags.length === 0
              ? "–"
              : order.tags.map((tag) => (
                  <span key={tag} class="tag">
                    {tag}
                  </span>
                )),
          ],
          [labels.of("field", "created_at"), <When at={order.created_at} />],
          [labels.of("field", "activated_at"), <When at={order.activated_at} />],
          [labels.of("field", "source"), sourceText(order.source, words)],
          ...(order.comment === null
            ? []
            : [[labels.of("field", "comment"), <span class="comment">{order.comment}</span>, "wide"] as const]),
        ]}
      />
      {isEdited ? <EditGeneral order={order} onClose={() => setEdited(false)} /> : null}
      {isCancelled ? (
        <ReasonDialog
          title={labels.of("command", "cancel_order")}
          command={(reason) => ({
            command: "cancel_order",
            order: order.id,
            ...(reason === "" ? {} : { reason }),
          })}
          undo={{ command: "reopen_order", order: order.id }}
          onClose={() => setCancelled(false)}
        />
      ) : null}
    </header>
  );
}

/** Funnel and status in one choice: what is chosen is a move, to another funnel as well (F5). */
function Status({ order, isOff }: { order: OrderView; isOff: boolean }): JSX.Element {
  const { words, labels } = useSchool();
  const funnels = useAsked({ query: "funnels" }, { live: false }).answer ?? [];
  const move = (value: string): void => {
    const [funnel = "", status = ""] = value.split("/").map(decodeURIComponent);
    const name = funnels.find((one) => one.id === funnel)?.statuses.find((one) => one.id === status)?.name ?? status;
    const back = { command: "move_order", order: order.id, funnel: order.funnel, status: order.status } as const;
    void perform(
      { ...back, funnel, status },
      { done: filled(words.movedTo, { number: order.number, status: name }), undo: back },
    );
  };
  const key = (funnel: string, status: string): string => [funnel, status].map(encodeURIComponent).join("/");
  return (
    <select
      class="status-switch"
      aria-label={labels.of("field", "status")}
      disabled={isOff}
      value={key(order.funnel, order.status)}
      onChange={(event) => move(event.currentTarget.value)}
    >
      {funnels.map((funnel) => (
        <optgroup key={funnel.id} label={funnel.name}>
          {funnel.statuses
            .filter((one) => !one.archived || one.id === order.status)
            .map((one) => (
              <option key={one.id} value={key(funnel.id, one.id)}>
                {one.name}
              </option>
            ))}
        </optgroup>
      ))}
    </select>
  );
}

/** Where the order came from: the usual places in words, any other text of the host as it is (O3). */
function sourceText(source: string | null, words: Words): string {
  const usual: Readonly<Record<string, string>> = {
    page: words.fromPage,
    form: words.fromForm,
    widget: words.fromWidget,
  };
  return source === null ? words.manual : (usual[source] ?? source);
}
