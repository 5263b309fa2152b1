import type { JSX } from "preact";
import { useSchool } from "../state/school.ts";
import { emptyPayment, PaymentFields, type PaymentDraft } from "./payment-fields.tsx";

interface DraftPaymentsProps {
  payments: readonly PaymentDraft[];
  currency: string;
  onPayments: (payments: readonly PaymentDraft[]) => void;
}

/** Payments that are made together with the order, paid and unpaid ones. */
export function DraftPayments({ payments, currency, onPayments }: DraftPaymentsProps): JSX.Element {
  const { words } = useSchool();
  return (
    <>
      {payments.map((payment, n) => (
        <fieldset key={n} class="draft">
          <legend>
            {words.payments} {n + 1}
          </legend>
          <div class="grid">
            <PaymentFields
              draft={payment}
              currency={currency}
              onDraft={(draft) => onPayments(payments.map((one, m) => (m === n ? draft : one)))}
            />
          </div>
          <button type="button" class="link" onClick={() => onPayments(payments.filter((_, m) => m !== n))}>
            {words.remove}
          </button>
        </fieldset>
      ))}
      <button type="button" class="button" onClick={() => onPayments([...payments, emptyPayment])}>
        + {words.addPayment}
      </button>
    </>
  );
}
