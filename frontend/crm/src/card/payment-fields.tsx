import type { JSX } from "preact";
import {
  paymentKindValues,
  paymentMethodValues,
  typedAmount,
  type NewPayment,
  type PaymentKind,
  type PaymentMethod,
} from "@kwiga-orders/client";
import { CheckField, SelectField, TextField } from "../parts/fields.tsx";
import { useAsked } from "../state/asking.ts";
import { useSchool } from "../state/school.ts";

/** A payment as it is typed. */
export interface PaymentDraft {
  amount: string;
  kind: PaymentKind;
  method: PaymentMethod;
  gateway: string;
  due: string;
  comment: string;
  isPaid: boolean;
  closesAccess: boolean;
  notifies: boolean;
}

export const emptyPayment: PaymentDraft = {
  amount: "",
  kind: "regular",
  method: "cashless",
  gateway: "",
  due: "",
  comment: "",
  isPaid: false,
  closesAccess: false,
  notifies: false,
};

/** The payment of the wire; null while there is no amount. */
export function paymentOf(draft: PaymentDraft): NewPayment | null {
  const amount = typedAmount(draft.amount);
  if (amount === null) return null;
  return {
    amount,
    kind: draft.kind,
    method: draft.method,
    paid: draft.isPaid,
    closes_access: draft.closesAccess,
    notify: draft.notifies,
    ...(draft.gateway === "" ? {} : { gateway: draft.gateway }),
    ...(draft.due === "" ? {} : { due_at: draft.due }),
    ...(draft.comment === "" ? {} : { comment: draft.comment }),
  };
}

/** The fields of the window of a payment, in the order of the help article (S1). */
export function PaymentFields({
  draft,
  currency,
  onDraft,
}: {
  draft: PaymentDraft;
  currency: string;
  onDraft: (draft: PaymentDraft) => void;
}): JSX.Element {
  const { words, labels } = useSchool();
  const gateways = useAsked({ query: "gateways" }, { live: false }).answer ?? [];
  const change = (part: Partial<PaymentDraft>): void => onDraft({ ...draft, ...part });
  return (
    <>
      <CheckField label={words.paidNow} value={draft.isPaid} onValue={(isPaid) => change({ isPaid })} />
      <SelectField
        label={labels.of("field", "kind")}
        value={draft.kind}
        options={paymentKindValues.map((value) => ({ value, text: labels.of("payment_kind", value) }))}
        onValue={(kind) => change({ kind })}
      />
      <CheckField
        label={labels.of("field", "closes_access")}
        value={draft.closesAccess}
        onValue={(closesAccess) => change({ closesAccess })}
      />
      <TextField
        type="datetime-local"
        label={labels.of("field", "due_at")}
        value={draft.due}
        onValue={(due) => change({ due })}
        hint={words.optional}
      />
      <TextField
        label={`${labels.of("field", "amount")}, ${currency}`}
        value={draft.amount}
        onValue={(amount) => change({ amount })}
        required
      />
      <SelectField
        label={labels.of("field", "method")}
        value={draft.method}
        options={paymentMethodValues.map((value) => ({ value, text: labels.of("method", value) }))}
        onValue={(method) => change({ method })}
      />
      {draft.method === "cashless" ? (
        <SelectField
          label={labels.of("field", "gateway")}
          value={draft.gateway}
          options={[{ value: "", text: "–" }, ...gateways.map(({ name }) => ({ value: name, text: name }))]}
          onValue={(gateway) => change({ gateway })}
        />
      ) : null}
      <TextField
        label={labels.of("field", "comment")}
        value={draft.comment}
        onValue={(comment) => change({ comment })}
      />
      <CheckField label={words.notify} value={draft.notifies} onValue={(notifies) => change({ notifies })} />
    </>
  );
}
