import type { JSX } from "preact";
import { useState } from "preact/hooks";
import type { CustomerOrderView, CustomerPaymentView } from "@kwiga-orders/client";
import { Dialog } from "../parts/dialog.tsx";
import { Answered, Empty } from "../parts/states.tsx";
import { Day, Money, Pill } from "../parts/values.tsx";
import { useAsked } from "../state/asking.ts";
import { perform } from "../state/doing.ts";
import { useSchool } from "../state/school.ts";
import { filled } from "../words/index.ts";
import { PayButton } from "./pay-button.tsx";

/** The learner's orders: what each costs, what is to be paid and where, and a subscription that can be stopped. */
export function OwnOrders(): JSX.Element {
  const { words, session } = useSchool();
  const asked = useAsked({ query: "customer_orders", contact: session.id });
  return (
    <Answered asked={asked} lines={4}>
      {(orders) => orders.length === 0 ? <Empty>{words.nothing}</Empty> : <>{[...orders].sort((one, other) => other.number - one.number).map((order) => <OwnOrder key={order.id} order={order} />)}</>}
    </Answered>
  );
}

function OwnOrder({ order }: { order: CustomerOrderView }): JSX.Element {
  const { labels } = useSchool();
  const payments = order.payments.filter((payment) => payment.state !== "void");
  return (
    <section class="own-order" aria-label={`№ ${order.number}`}>
      <header>
        <strong>№ {order.number}</strong>
        <span>{order.lines.map((line) => line.title).join(", ")}</span>
        {order.cancelled ? <span class="pill pill-quiet">{labels.of("field", "cancelled")}</span> : <Pill kind="payment_status" value={order.payment_status} />}
        <span class="spacer" />
        <Money amount={order.total} currency={order.currency} />
      </header>
      {payments.length === 0 ? null : <ul>{payments.map((payment) => <OwnPayment key={payment.id} order={order} payment={payment} />)}</ul>}
      {order.cancelled ? null : <OwnSubscription order={order} />}
    </section>
  );
}

function OwnPayment({ order, payment }: { order: CustomerOrderView; payment: CustomerPaymentView }): JSX.Element {
  return (
    <li>
      <Day at={payment.paid_at ?? payment.due_at} />
      <Money amount={payment.state === "unpaid" && payment.payable ? payment.asked : payment.amount} currency={order.currency} />
      <Pill kind="payment_state" value={payment.state} />
      <span class="own-pay">{payment.payable ? <PayButton order={order.id} payment={payment.id} /> : null}</span>
    </li>
  );
}

/** What a subscription costs and until when it is paid; stopping it is confirmed, since a learner cannot take that back. */
function OwnSubscription({ order }: { order: CustomerOrderView }): JSX.Element | null {
  const { words, labels } = useSchool();
  const [isAsked, setAsked] = useState(false);
  const subscription = order.subscription;
  if (subscription === null) return null;
  const stop = async (): Promise<void> => {
    if ((await perform({ command: "stop_renewal", order: order.id }, { done: words.renewalStopped })).ok) setAsked(false);
  };
  return (
    <div class="own-subscription">
      <span><Money amount={subscription.period_amount} currency={order.currency} /> / {labels.period(subscription.every)}</span>
      {subscription.paid_through === null ? null : <span class="muted">{labels.of("field", "paid_through")} <Day at={subscription.paid_through} /></span>}
      <span class="spacer" />
      {subscription.stopped_at === null ? (
        <button type="button" class="button" onClick={() => setAsked(true)}>{words.stopRenewal}</button>
      ) : <span class="muted">{labels.of("event", "renewal.stopped")}, <Day at={subscription.stopped_at} /></span>}
      {isAsked ? (
        <Dialog title={words.stopRenewal} onClose={() => setAsked(false)}>
          <div class="stack">
            <p>{filled(words.stopRenewalText, { number: order.number })}</p>
            <div class="actions">
              <button type="button" class="button primary" onClick={() => void stop()}>{words.stopRenewal}</button>
              <button type="button" class="button" onClick={() => setAsked(false)}>{words.cancel}</button>
            </div>
          </div>
        </Dialog>
      ) : null}
    </div>
  );
}
