/** The windows of a payment: a new one, an edited one, paid by hand, given back. */

import type { JSX } from "preact";
import { useState } from "preact/hooks";
import {
  amountOf,
  localOf,
  moneyOf,
  typedAmount,
  type Command,
  type OrderView,
  type PaymentView,
} from "@kwiga-orders/client";
import { Dialog } from "../parts/dialog.tsx";
import { SelectField, TextField } from "../parts/fields.tsx";
import { perform } from "../state/doing.ts";
import { useSchool } from "../state/school.ts";
import { emptyPayment, PaymentFields, paymentOf } from "./payment-fields.tsx";
import { PreviewPanel } from "./preview-panel.tsx";

interface CommandFormProps {
  title: string;
  /** Null while something is missing. */
  command: Command | null;
  undo?: Command;
  onClose: () => void;
  children: JSX.Element | JSX.Element[];
}

/** Fields, the preview of the command that they make, and a button that executes it. */
function CommandForm({ title, command, undo, onClose, children }: CommandFormProps): JSX.Element {
  const run = async (): Promise<void> => {
    if (command !== null && (await perform(command, undo === undefined ? {} : { undo })).ok) onClose();
  };
  return (
    <Dialog title={title} onClose={onClose}>
      <form class="stack" onSubmit={(event) => (event.preventDefault(), void run())}>
        {children}
        <PreviewPanel command={command} />
        <button class="button primary" disabled={command === null}>
          {title}
        </button>
      </form>
    </Dialog>
  );
}

export function NewPaymentDialog({ order, onClose }: { order: OrderView; onClose: () => void }): JSX.Element {
  const { words } = useSchool();
  const [draft, setDraft] = useState({ ...emptyPayment, amount: Number(order.balance) > 0 ? order.balance : "" });
  const payment = paymentOf(draft);
  const command = payment === null ? null : ({ command: "add_payment", order: order.id, ...payment } as const);
  return (
    <CommandForm title={words.addPayment} command={command} onClose={onClose}>
      <PaymentFields draft={draft} currency={order.currency} onDraft={setDraft} />
    </CommandForm>
  );
}

interface PaymentDialogProps {
  order: OrderView;
  payment: PaymentView;
  onClose: () => void;
}

export function MarkPaidDialog({ order, payment, onClose }: PaymentDialogProps): JSX.Element {
  const { words, labels } = useSchool();
  const [comment, setComment] = useState("");
  const [paidAt, setPaidAt] = useState("");
  const of = { order: order.id, payment: payment.id };
  const command = {
    command: "mark_paid",
    ...of,
    ...(comment === "" ? {} : { comment }),
    ...(paidAt === "" ? {} : { paid_at: paidAt }),
  } as const;
  return (
    <CommandForm
      title={words.markPaid}
      command={command}
      undo={{ command: "mark_unpaid", ...of, reason: words.undo }}
      onClose={onClose}
    >
      <TextField label={labels.of("field", "comment")} value={comment} onValue={setComment} hint={words.optional} />
      <TextField
        type="datetime-local"
        label={labels.of("field", "paid_at")}
        value={paidAt}
        onValue={setPaidAt}
        hint={words.optional}
      />
    </CommandForm>
  );
}

export function RefundDialog({ order, payment, onClose }: PaymentDialogProps): JSX.Element {
  const { words, labels } = useSchool();
  const left = moneyOf(payment.amount, order.currency).minor - moneyOf(payment.refunded, order.currency).minor;
  const [amount, setAmount] = useState(amountOf({ minor: left, currency: order.currency }));
  const [product, setProduct] = useState("");
  const [reason, setReason] = useState("");
  const typed = typedAmount(amount);
  const named = { ...(product === "" ? {} : { product }), ...(reason === "" ? {} : { reason }) };
  const command =
    typed === null
      ? null
      : ({ command: "refund_payment", order: order.id, payment: payment.id, amount: typed, ...named } as const);
  return (
    <CommandForm title={words.refund} command={command} onClose={onClose}>
      <TextField
        label={`${labels.of("field", "amount")}, ${order.currency}`}
        value={amount}
        onValue={setAmount}
        required
      />
      <SelectField
        label={labels.of("field", "product")}
        value={product}
        options={[
          { value: "", text: words.all },
          ...order.lines.map((line) => ({ value: line.product, text: line.product_title ?? line.product })),
        ]}
        onValue={setProduct}
      />
      <TextField label={words.reason} value={reason} onValue={setReason} hint={words.optional} />
    </CommandForm>
  );
}

export function EditPayment({ order, payment, zone, onClose }: PaymentDialogProps & { zone: string }): JSX.Element {
  const { labels } = useSchool();
  const [amount, setAmount] = useState(payment.amount);
  const before = localOf(payment.due_at, zone);
  const [due, setDue] = useState(before);
  const [comment, setComment] = useState(payment.comment ?? "");
  const typed = typedAmount(amount);
  const command: Command | null =
    typed === null
      ? null
      : {
          command: "edit_payment",
          order: order.id,
          payment: payment.id,
          // only what was changed: an amount that is named decides anew what is on top (P1)
          ...(typed === payment.amount ? {} : { amount: typed }),
          ...(due === before ? {} : { due_at: due }),
          ...(comment === (payment.comment ?? "") ? {} : { comment: comment === "" ? null : comment }),
        };
  return (
    <CommandForm title={labels.of("command", "edit_payment")} command={command} onClose={onClose}>
      <TextField
        label={`${labels.of("field", "amount")}, ${order.currency}`}
        value={amount}
        onValue={setAmount}
        required
      />
      <TextField type="datetime-local" label={labels.of("field", "due_at")} value={due} onValue={setDue} />
      <TextField label={labels.of("field", "comment")} value={comment} onValue={setComment} />
    </CommandForm>
  );
}
