/** All filters of V1; what there is to choose comes from the school, not from a list of ours. */

import type { JSX } from "preact";
import {
  orderTypeValues,
  paymentKindValues,
  paymentStatusValues,
  type FunnelView,
  type SoldOfferView,
} from "@kwiga-orders/client";
import { SelectField, TextField, type Option } from "../parts/fields.tsx";
import { useAsked } from "../state/asking.ts";
import { route } from "../state/route.ts";
import { useSchool } from "../state/school.ts";
import { usePeople } from "../state/people.ts";
import { dateFilters, flagFilters, setParameter } from "./filters.ts";

export function FilterPanel({ funnel }: { funnel: FunnelView }): JSX.Element {
  const { words, labels } = useSchool();
  const offers = useAsked({ query: "offers" }, { live: false }).answer ?? [];
  const tags = useAsked({ query: "tags" }, { live: false }).answer ?? [];
  const gateways = useAsked({ query: "gateways" }, { live: false }).answer ?? [];
  const people = usePeople();
  const coded = (kind: string, values: readonly string[]): Option<string>[] =>
    values.map((value) => ({ value, text: labels.of(kind, value) }));
  return (
    <form class="filter-panel" onSubmit={(event) => event.preventDefault()}>
      <Choice name="status" options={funnel.statuses.map((one) => ({ value: one.id, text: one.name }))} />
      <Choice name="payment_status" options={coded("payment_status", paymentStatusValues)} />
      <Choice name="type" options={coded("type", orderTypeValues)} />
      <Choice name="manager" options={people} />
      <Choice name="responsible" options={people} />
      <Choice name="tag" options={tags.map(({ tag }) => ({ value: tag, text: tag }))} />
      <Choice name="product" options={productsOf(offers)} />
      <Choice name="offer" options={offers.map((one) => ({ value: one.code, text: one.title }))} />
      <Choice name="gateway" options={gateways.map(({ name }) => ({ value: name, text: name }))} />
      <Choice name="payment_kind" options={coded("payment_kind", paymentKindValues)} />
      <TextField
        label={labels.of("field", "number")}
        value={route.value.parameters.get("number") ?? ""}
        onValue={(value) => setParameter("number", value)}
      />
      {flagFilters.map((name) => (
        <Choice
          key={name}
          name={name}
          label={labels.of("flag", name)}
          options={[
            { value: "yes", text: words.yes },
            { value: "no", text: words.no },
          ]}
        />
      ))}
      <Choice name="aside" label={words.showAside} options={[{ value: "with", text: words.yes }]} />
      {dateFilters.map((name) => (
        <fieldset key={name} class="span">
          <legend>{labels.of("field", `${name}_at`)}</legend>
          <Edge name={`${name}_from`} label={words.from} />
          <Edge name={`${name}_until`} label={words.until} />
        </fieldset>
      ))}
    </form>
  );
}

/** The products that are sold, each once. */
export function productsOf(offers: readonly SoldOfferView[]): Option<string>[] {
  const items = offers.flatMap((offer) => offer.items);
  const titles = new Map(items.map((item) => [item.product, item.product_title ?? item.product]));
  return [...titles].map(([value, text]) => ({ value, text }));
}

function Choice({
  name,
  label,
  options,
}: {
  name: string;
  label?: string;
  options: readonly Option<string>[];
}): JSX.Element {
  const { words, labels } = useSchool();
  return (
    <SelectField
      label={label ?? labels.of("field", name)}
      value={route.value.parameters.get(name) ?? ""}
      options={[{ value: "", text: words.any }, ...options]}
      onValue={(value) => setParameter(name, value)}
    />
  );
}

function Edge({ name, label }: { name: string; label: string }): JSX.Element {
  return (
    <TextField
      type="date"
      label={label}
      value={route.value.parameters.get(name) ?? ""}
      onValue={(value) => setParameter(name, value)}
    />
  );
}
