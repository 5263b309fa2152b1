import type { JSX } from "preact";
import { useState } from "preact/hooks";
import type { PaymentOption } from "@kwiga-orders/client";
import { Block } from "../parts/block.tsx";
import { SelectField } from "../parts/fields.tsx";
import { Answered } from "../parts/states.tsx";
import { Day, Money } from "../parts/values.tsx";
import { useAsked } from "../state/asking.ts";
import { useSchool } from "../state/school.ts";
import { optionText } from "./options.ts";

/** What a page with the price shows before anybody takes the offer: a question, which makes no order (O3). */
export function PricePage({ code, currency, options }: { code: string; currency: string; options: readonly PaymentOption[] }): JSX.Element {
  const { words, labels } = useSchool();
  const [option, setOption] = useState(options[0]?.id ?? "");
  const asked = useAsked({ query: "quote", offer: code, ...(option === "" ? {} : { payment_option: option }) });
  return (
    <Block title={words.pricePage}>
      <SelectField label={words.offerOption} value={option} options={options.map((one) => ({ value: one.id, text: optionText(one, labels, currency) }))} onValue={setOption} />
      <Answered asked={asked} lines={4}>
        {(quote) => (
          <div class="price-page">
            <p class="price"><Money amount={quote.subscription?.period_amount ?? quote.total} currency={quote.currency} /></p>
            {/[1-9]/.test(quote.discount) ? <p class="muted"><s><Money amount={quote.price} currency={quote.currency} /></s> −<Money amount={quote.discount} currency={quote.currency} /></p> : null}
            <ul class="sums-list">{quote.payments.map((payment, n) => <li key={n}><Day at={payment.due_at} /> <Money amount={payment.amount} currency={quote.currency} /></li>)}</ul>
          </div>
        )}
      </Answered>
    </Block>
  );
}
