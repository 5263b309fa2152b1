import type { JSX } from "preact";
import { useState } from "preact/hooks";
import { Action } from "../parts/action.tsx";
import { Block, Facts } from "../parts/block.tsx";
import { Money, When } from "../parts/values.tsx";
import { perform } from "../state/doing.ts";
import { useSchool } from "../state/school.ts";
import type { BlockProps } from "./block.ts";
import { ReasonDialog } from "./reason-dialog.tsx";

/** How a subscription goes on (P13). */
export function Subscription({ order, actions }: BlockProps): JSX.Element | null {
  const { words, labels } = useSchool();
  const [isStopped, setStopped] = useState(false);
  const subscription = order.subscription;
  if (subscription === null) return null;
  return (
    <Block
      title={words.subscription}
      actions={
        subscription.stopped === null ? (
          <Action of="stop_renewal" actions={actions} onDo={() => setStopped(true)} />
        ) : (
          <Action
            of="resume_renewal"
            actions={actions}
            onDo={() =>
              void perform(
                { command: "resume_renewal", order: order.id },
                { undo: { command: "stop_renewal", order: order.id } },
              )
            }
          />
        )
      }
    >
      <Facts
        of={[
          [
            labels.of("field", "period_amount"),
            <Money amount={subscription.period_amount} currency={order.currency} />,
          ],
          [labels.of("field", "every"), labels.period(subscription.every)],
          [
            labels.of("field", "paid_periods"),
            `${subscription.paid_periods}${subscription.periods === null ? "" : ` / ${subscription.periods}`}`,
          ],
          [labels.of("field", "paid_through"), <When at={subscription.paid_through} />],
          [labels.of("field", "next_due_at"), <When at={subscription.next_due_at} />],
          ...(subscription.stopped === null
            ? []
            : [
                [
                  labels.of("field", "stopped"),
                  <span>
                    <When at={subscription.stopped.at} /> {subscription.stopped.reason}
                  </span>,
                ] as const,
              ]),
        ]}
      />
      {isStopped ? (
        <ReasonDialog
          title={labels.of("command", "stop_renewal")}
          command={(reason) => ({
            command: "stop_renewal",
            order: order.id,
            ...(reason === "" ? {} : { reason }),
          })}
          undo={{ command: "resume_renewal", order: order.id }}
          onClose={() => setStopped(false)}
        />
      ) : null}
    </Block>
  );
}
