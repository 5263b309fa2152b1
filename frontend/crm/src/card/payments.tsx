/** Payments with attempts and refunds; link, letter, reminder, mark by hand, refund, void (P1–P10). */

import type { JSX } from "preact";
import { useState } from "preact/hooks";
import { settled, type OrderView, type PaymentView } from "@kwiga-orders/client";
import { Action } from "../parts/action.tsx";
import { Block, Facts } from "../parts/block.tsx";
import { Money, Pill, When } from "../parts/values.tsx";
import { perform, reasonOf, say } from "../state/doing.ts";
import { useSchool } from "../state/school.ts";
import type { BlockProps } from "./block.ts";
import { EditPayment, MarkPaidDialog, NewPaymentDialog, RefundDialog } from "./payment-dialogs.tsx";
import { LettersDialog } from "./letters-dialog.tsx";
import { ReasonDialog } from "./reason-dialog.tsx";

export function Payments({ order, actions }: BlockProps): JSX.Element {
  const { words, labels } = useSchool();
  const [isAdded, setAdded] = useState(false);
  const [areLetters, setLetters] = useState(false);
  return (
    <Block
      title={words.payments}
      actions={
        <>
          <button type="button" class="link" onClick={() => setLetters(true)}>
            {words.lettersTitle}
          </button>
          <Action of="add_payment" actions={actions} onDo={() => setAdded(true)}>
            {words.addPayment}
          </Action>
        </>
      }
    >
      {order.payments.map((payment) => (
        <Payment key={payment.id} order={order} actions={actions} payment={payment} />
      ))}
      {order.payments.length === 0 ? <p class="muted">{words.nothing}</p> : null}
      {isAdded ? <NewPaymentDialog order={order} onClose={() => setAdded(false)} /> : null}
      {areLetters ? (
        <LettersDialog
          order={order}
          actions={actions}
          title={labels.of("command", "send_letter")}
          onClose={() => setLetters(false)}
        />
      ) : null}
    </Block>
  );
}

type Doing = "mark_paid" | "refund_payment" | "edit_payment" | "mark_unpaid";

function Payment({ order, actions, payment }: BlockProps & { payment: PaymentView }): JSX.Element {
  const { words, labels, client, session } = useSchool();
  const [doing, setDoing] = useState<Doing | null>(null);
  const of = { order: order.id, payment: payment.id };
  const close = (): void => setDoing(null);
  const isUnpaid = payment.state === "unpaid";
  const isPaid = payment.state === "paid" || payment.state === "partially_refunded";
  const isLate = isUnpaid && payment.asked !== "0.00" && Date.parse(payment.overdue_at) < Date.now();
  const copy = async (): Promise<void> => {
    const link = await settled(client.link(order.id, payment.id));
    if (!link.ok) return say(reasonOf(link.problem), "refused");
    await navigator.clipboard.writeText(link.value.url);
    say(words.linkCopied, "done");
  };
  return (
    <section class="payment" data-payment={payment.id}>
      <header>
        <strong>
          <Money amount={payment.amount} currency={order.currency} />
        </strong>
        <Pill kind="payment_state" value={payment.state} />
        {isLate ? <span class="pill pill-bad">{words.overdue}</span> : null}
        <span class="muted">
          {labels.of("payment_kind", payment.kind)}, {labels.of("method", payment.method)}
          {payment.gateway === null ? "" : `, ${payment.gateway}`}
        </span>
        <span class="spacer" />
        <code>{payment.id.split(".").at(-1)}</code>
      </header>
      <Facts of={factsOf(order, payment, words.yes)} />
      <Attempts payment={payment} order={order} />
      <footer class="actions">
        {isUnpaid ? (
          <Action of="mark_paid" actions={actions} primary onDo={() => setDoing("mark_paid")}>
            {words.markPaid}
          </Action>
        ) : null}
        {payment.payable ? (
          <button type="button" class="button" onClick={() => void copy()}>
            {words.copyLink}
          </button>
        ) : null}
        {isUnpaid && payment.asked !== "0.00" ? (
          <Action of="remind" actions={actions} onDo={() => void perform({ command: "remind", ...of })}>
            {words.remind}
          </Action>
        ) : null}
        {isUnpaid ? (
          <Action of="edit_payment" actions={actions} onDo={() => setDoing("edit_payment")}>
            {words.edit}
          </Action>
        ) : null}
        {isUnpaid ? (
          <Action of="void_payment" actions={actions} onDo={() => void perform({ command: "void_payment", ...of })} />
        ) : null}
        {isPaid ? (
          <Action of="refund_payment" actions={actions} onDo={() => setDoing("refund_payment")}>
            {words.refund}
          </Action>
        ) : null}
        {isPaid && payment.refunds.length === 0 ? (
          <Action of="mark_unpaid" actions={actions} onDo={() => setDoing("mark_unpaid")} />
        ) : null}
      </footer>
      {doing === "mark_paid" ? <MarkPaidDialog order={order} payment={payment} onClose={close} /> : null}
      {doing === "refund_payment" ? <RefundDialog order={order} payment={payment} onClose={close} /> : null}
      {doing === "edit_payment" ? (
        <EditPayment order={order} payment={payment} onClose={close} zone={session.timezone} />
      ) : null}
      {doing === "mark_unpaid" ? (
        <ReasonDialog
          required
          title={labels.of("command", "mark_unpaid")}
          command={(reason) => ({ command: "mark_unpaid", ...of, reason })}
          onClose={close}
        />
      ) : null}
    </section>
  );

  function factsOf(
    order: OrderView,
    payment: PaymentView,
    yes: string,
  ): readonly (readonly [string, JSX.Element | string])[] {
    const asked = <Money amount={payment.asked} currency={order.currency} />;
    return [
      [labels.of("field", "created_at"), <When at={payment.created_at} />],
      payment.paid_at === null
        ? [labels.of("field", "due_at"), <When at={payment.due_at} />]
        : [labels.of("field", "paid_at"), <When at={payment.paid_at} />],
      ...(isUnpaid && payment.asked !== payment.amount ? [[labels.of("field", "asked"), asked] as const] : []),
      ...(payment.closes_access ? [[labels.of("field", "closes_access"), yes] as const] : []),
      [labels.of("field", "attempts"), String(payment.attempts.length)],
      ...(payment.comment === null ? [] : [[labels.of("field", "comment"), payment.comment] as const]),
    ];
  }
}

/** Attempts and refunds, one a row (P4, P10). */
function Attempts({ payment, order }: { payment: PaymentView; order: OrderView }): JSX.Element | null {
  const { labels } = useSchool();
  if (payment.attempts.length + payment.refunds.length === 0) return null;
  return (
    <ul class="attempts">
      {payment.attempts.map((attempt) => (
        <li key={attempt.id}>
          <Pill kind="outcome" value={attempt.outcome} /> <When at={attempt.at} />{" "}
          <span class="muted">
            {attempt.reference} {attempt.reason}
          </span>
        </li>
      ))}
      {payment.refunds.map((refund) => (
        <li key={refund.id}>
          {labels.of("field", refund.chargeback ? "chargeback" : "refunded")}{" "}
          <Money amount={refund.amount} currency={order.currency} /> <Pill kind="outcome" value={refund.outcome} />{" "}
          <When at={refund.at} /> <span class="muted">{refund.reason}</span>
        </li>
      ))}
    </ul>
  );
}
