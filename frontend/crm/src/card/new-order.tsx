/** An order by hand, with everything: from the funnel to payments, in the order of the help article (S1, O4). */

import type { JSX } from "preact";
import { useState } from "preact/hooks";
import type { CreateOrder, OrderType } from "@kwiga-orders/client";
import { Block } from "../parts/block.tsx";
import { LongField, SelectField, TextField } from "../parts/fields.tsx";
import { PeopleField } from "../parts/people-field.tsx";
import { useAsked } from "../state/asking.ts";
import { namesOf } from "../parts/names.ts";
import { perform } from "../state/doing.ts";
import { go, hrefOf, route } from "../state/route.ts";
import { useSchool } from "../state/school.ts";
import { usePeople } from "../state/people.ts";
import { ContactPicker } from "./contact-picker.tsx";
import { DraftLines, lineOf, type DraftLine } from "./draft-lines.tsx";
import { DraftPayments } from "./draft-payments.tsx";
import { paymentOf, type PaymentDraft } from "./payment-fields.tsx";
import { PreviewPanel } from "./preview-panel.tsx";

interface Draft {
  funnel: string;
  status: string;
  type: OrderType;
  manager: string;
  responsibles: string;
  tags: string;
  comment: string;
  contact: string;
  currency: string;
  percent: string;
  offer: string;
  option: string;
  lines: readonly DraftLine[];
  payments: readonly PaymentDraft[];
}

export function NewOrder(): JSX.Element {
  const { words, labels, session } = useSchool();
  const [draft, setDraft] = useState<Draft>({
    funnel: "", status: "", type: "regular", manager: "", responsibles: "", tags: "", comment: "", percent: "", offer: "", option: "",
    contact: route.value.parameters.get("contact") ?? "", currency: session.currency, lines: [], payments: [],
  });
  const change = (part: Partial<Draft>): void => setDraft({ ...draft, ...part });
  const command = commandOf(draft);
  const save = async (): Promise<void> => {
    if (command === null) return;
    const outcome = await perform(command);
    if (outcome.ok && outcome.value.order !== null) go(hrefOf(["order", outcome.value.order]));
  };
  return (
    <form class="new-order" onSubmit={(event) => (event.preventDefault(), void save())}>
      <header class="order-title"><a class="back" href={hrefOf(["orders"])} aria-label={words.orders}>←</a><h1>{words.newOrder}</h1><span class="spacer" /><a href={hrefOf(["order", "whole"], draft.contact === "" ? {} : { contact: draft.contact })}>{words.wholeForm}</a></header>
      <div class="order-columns">
        <div>
          <General draft={draft} onChange={change} />
          <Block title={words.client}><ContactPicker value={draft.contact} onValue={(contact) => change({ contact })} /></Block>
          <Sold draft={draft} onChange={change} />
          <Block title={words.payments}><DraftPayments payments={draft.payments} currency={draft.currency} onPayments={(payments) => change({ payments })} /></Block>
        </div>
        <aside>
          <PreviewPanel command={command} />
          <button class="button primary" disabled={command === null}>{labels.of("command", "create_order")}</button>
        </aside>
      </div>
    </form>
  );
}

interface PartProps {
  draft: Draft;
  onChange: (part: Partial<Draft>) => void;
}

function General({ draft, onChange }: PartProps): JSX.Element {
  const { words, labels } = useSchool();
  const funnels = useAsked({ query: "funnels" }, { live: false }).answer ?? [];
  const people = usePeople();
  const funnel = funnels.find((one) => one.id === draft.funnel) ?? funnels.find((one) => one.default);
  const types: readonly OrderType[] = ["regular", "instalments"];
  return (
    <Block title={words.general}>
      <div class="grid">
        <SelectField label={labels.of("field", "funnel")} value={funnel?.id ?? ""} options={funnels.map((one) => ({ value: one.id, text: one.name }))} onValue={(id) => onChange({ funnel: id, status: "" })} />
        <SelectField label={labels.of("field", "status")} value={draft.status || (funnel?.statuses[0]?.id ?? "")} options={(funnel?.statuses ?? []).filter((one) => !one.archived).map((one) => ({ value: one.id, text: one.name }))} onValue={(status) => onChange({ status })} />
        <SelectField label={labels.of("field", "type")} value={draft.type} options={types.map((value) => ({ value, text: labels.of("type", value) }))} onValue={(type) => onChange({ type })} />
        <SelectField label={labels.of("field", "manager")} value={draft.manager} options={[{ value: "", text: words.nobody }, ...people]} onValue={(manager) => onChange({ manager })} />
        <PeopleField label={labels.of("field", "responsibles")} value={draft.responsibles} onValue={(responsibles) => onChange({ responsibles })} />
        <TextField label={labels.of("field", "tags")} value={draft.tags} onValue={(tags) => onChange({ tags })} hint={words.optional} />
      </div>
      <LongField label={labels.of("field", "comment")} value={draft.comment} onValue={(comment) => onChange({ comment })} />
    </Block>
  );
}

/** What is sold: an offer as it is, or products one by one. */
function Sold({ draft, onChange }: PartProps): JSX.Element {
  const { words, labels } = useSchool();
  const offers = (useAsked({ query: "offers" }, { live: false }).answer ?? []).filter((one) => one.state !== "archived");
  const options = offers.find((one) => one.code === draft.offer)?.payment_options ?? [];
  return (
    <Block title={words.products}>
      <div class="grid">
        <SelectField label={words.fromOffer} value={draft.offer} options={[{ value: "", text: words.manual }, ...offers.map((one) => ({ value: one.code, text: one.title }))]} onValue={(offer) => onChange({ offer, option: "" })} />
        {draft.offer === "" ? (
          <>
            <TextField label={labels.of("field", "currency")} value={draft.currency} onValue={(currency) => onChange({ currency: currency.toUpperCase() })} />
            <TextField label={`${labels.of("field", "discount")}, %`} value={draft.percent} onValue={(percent) => onChange({ percent })} hint={words.optional} />
          </>
        ) : (
          <SelectField label={words.offerOption} value={draft.option} options={[{ value: "", text: "–" }, ...options.map(optionId).map((value) => ({ value, text: value }))]} onValue={(option) => onChange({ option })} />
        )}
      </div>
      {draft.offer === "" ? <DraftLines lines={draft.lines} currency={draft.currency} onLines={(lines) => onChange({ lines })} /> : null}
    </Block>
  );
}

function optionId(option: unknown): string {
  return typeof option === "object" && option !== null && "id" in option ? String(option.id) : "";
}

/** The command that the form says; null while a client or a product is missing. */
function commandOf(draft: Draft): CreateOrder | null {
  const lines = draft.lines.map(lineOf).filter((line) => line !== null);
  const payments = draft.payments.map(paymentOf).filter((payment) => payment !== null);
  const isWhole = lines.length === draft.lines.length && payments.length === draft.payments.length;
  if (draft.contact === "" || !isWhole || (draft.offer === "" && lines.length === 0)) return null;
  const sold = draft.offer === "" ? {
    lines,
    currency: draft.currency,
    type: draft.type,
    ...(draft.percent === "" ? {} : { discount: { percent: draft.percent.replace(",", ".") } }),
  } : { offer: draft.offer, ...(draft.option === "" ? {} : { payment_option: draft.option }) };
  return {
    command: "create_order",
    contact: draft.contact,
    ...sold,
    payments,
    responsibles: namesOf(draft.responsibles),
    tags: namesOf(draft.tags),
    ...(draft.funnel === "" ? {} : { funnel: draft.funnel }),
    ...(draft.status === "" ? {} : { status: draft.status }),
    ...(draft.manager === "" ? {} : { manager: draft.manager }),
    ...(draft.comment === "" ? {} : { comment: draft.comment }),
  };
}
