import type { JSX } from "preact";
import { settled, type CustomerOrderView, type CustomerPaymentView } from "@kwiga-orders/client";
import { Answered } from "../parts/states.tsx";
import { Day, Money, Pill } from "../parts/values.tsx";
import { useAsked } from "../state/asking.ts";
import { perform, reasonOf, say } from "../state/doing.ts";
import { useSchool } from "../state/school.ts";

/** The learner's orders: what each costs, what is to be paid and where, and a subscription that can be stopped. */
export function OwnOrders(): JSX.Element {
  const { words, session } = useSchool();
  const asked = useAsked({ query: "customer_orders", contact: session.id });
  return (
    <Answered asked={asked} lines={4}>
      {(orders) => orders.length === 0 ? <p class="muted">{words.nothing}</p> : <>{orders.map((order) => <OwnOrder key={order.id} order={order} />)}</>}
    </Answered>
  );
}

function OwnOrder({ order }: { order: CustomerOrderView }): JSX.Element {
  const { words, labels } = useSchool();
  return (
    <section class="own-order">
      <header>
        <strong>№ {order.number}</strong>
        <span>{order.lines.map((line) => line.title).join(", ")}</span>
        {order.cancelled ? <span class="pill pill-quiet">{labels.of("flag", "cancelled")}</span> : <Pill kind="payment_status" value={order.payment_status} />}
        <span class="spacer" />
        <Money amount={order.total} currency={order.currency} />
      </header>
      <ul>
        {order.payments.filter((payment) => payment.state !== "void").map((payment) => <OwnPayment key={payment.id} order={order} payment={payment} />)}
      </ul>
      {order.subscription === null || order.cancelled ? null : (
        <p>
          <Money amount={order.subscription.period_amount} currency={order.currency} /> / {labels.period(order.subscription.every)}
          {order.subscription.stopped_at === null ? (
            <button type="button" class="button" onClick={() => void perform({ command: "stop_renewal", order: order.id })}>{words.stopRenewal}</button>
          ) : <span class="muted"> {labels.of("event", "renewal.stopped")}, <Day at={order.subscription.stopped_at} /></span>}
        </p>
      )}
    </section>
  );
}

function OwnPayment({ order, payment }: { order: CustomerOrderView; payment: CustomerPaymentView }): JSX.Element {
  const { words, client } = useSchool();
  const pay = async (): Promise<void> => {
    const link = await settled(client.link(order.id, payment.id));
    if (!link.ok) return say(reasonOf(link.problem), "refused");
    location.assign(link.value.url);
  };
  return (
    <li>
      <Money amount={payment.state === "unpaid" ? payment.asked : payment.amount} currency={order.currency} />
      <Pill kind="payment_state" value={payment.state} />
      <Day at={payment.paid_at ?? payment.due_at} />
      {payment.payable ? <button type="button" class="button primary" onClick={() => void pay()}>{words.pay}</button> : null}
    </li>
  );
}
