/** An offer: edited with its impact before it is saved, its versions, and the page with the price as a buyer sees it. */

import type { JSX } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";
import type { AccessTerms, CreateOffer, EditOffer, SoldOfferView } from "@kwiga-orders/client";
import { Form, partOf, type FormValue, type Values } from "@kwiga-orders/renderer";
import { DraftLines, lineOf, type DraftLine } from "../card/draft-lines.tsx";
import { useSaving } from "../card/conflict.tsx";
import { useFormHost } from "../forms/host.ts";
import { Block } from "../parts/block.tsx";
import { SelectField, TextField } from "../parts/fields.tsx";
import { Answered, Skeleton } from "../parts/states.tsx";
import { Pill, When } from "../parts/values.tsx";
import { useAsked } from "../state/asking.ts";
import { perform } from "../state/doing.ts";
import { go, hrefOf } from "../state/route.ts";
import { useSchool } from "../state/school.ts";
import { Impact } from "./impact.tsx";
import { optionsOf } from "./options.ts";
import { PricePage } from "./price-page.tsx";

export function OfferPage({ parts }: { parts: readonly string[] }): JSX.Element {
  const code = parts[0] ?? "new";
  const asked = useAsked(code === "new" ? null : { query: "offer", offer: code });
  if (code === "new") return <Editor offer={null} />;
  return <Answered asked={asked}>{(offer) => <Editor key={offer.version} offer={offer} />}</Answered>;
}

// what the contract's own form draws: how it is paid for, through what, and when it is sold
const more = ["payment_options", "gateway", "opens_on", "refund_policy", "sells_from", "sells_until", "quiet"] as const;

interface Draft {
  more: Values;
  code: string;
  title: string;
  funnel: string;
  percent: string;
  lines: readonly DraftLine[];
  scope: "following_orders" | "new_orders";
}

function draftOf(offer: SoldOfferView | null): Draft {
  const lines = (offer?.items ?? []).map((item) => ({ product: item.product, price: item.price, terms: item.terms as AccessTerms, curators: item.curators.join(", ") }));
  return { code: offer?.code ?? "", title: offer?.title ?? "", funnel: offer?.funnel ?? "", percent: percentOf(offer), lines, scope: "following_orders", more: moreOf(offer) };
}

function moreOf(offer: SoldOfferView | null): Values {
  const there = more.map((name) => [name, offer?.[name] as FormValue] as const);
  return Object.fromEntries(there.filter(([, value]) => value !== undefined && value !== null && !(Array.isArray(value) && value.length === 0)));
}

function percentOf(offer: SoldOfferView | null): string {
  const discount = offer?.discount;
  return typeof discount === "object" && discount !== null && "percent" in discount ? String(discount.percent) : "";
}

function Editor({ offer }: { offer: SoldOfferView | null }): JSX.Element {
  const { words, labels, session } = useSchool();
  const funnels = useAsked({ query: "funnels" }, { live: false }).answer ?? [];
  const [draft, setDraft] = useState(() => draftOf(offer));
  const change = (part: Partial<Draft>): void => setDraft({ ...draft, ...part });
  const host = useFormHost();
  const form = partOf(host?.forms.commands.edit_offer.groups ?? [], more);
  const element = useRef<HTMLFormElement>(null);
  const saving = useSaving(() => go(hrefOf(["offers"])));
  const edit = offer === null ? null : editOf(offer, draft);
  const create = offer === null ? createOf(draft) : null;
  const isChanged = edit !== null && Object.keys(edit).some((name) => !["command", "offer", "apply_to"].includes(name));
  const [asked, setAsked] = useState<EditOffer | null>(null);
  // whom it reaches is asked once typing rests and the form is whole
  useEffect(() => {
    const timer = setTimeout(() => setAsked(isChanged && element.current?.checkValidity() === true ? edit : null), 300);
    return () => clearTimeout(timer);
  }, [draft]);
  const save = (): void => {
    if (create !== null) void saving.save(create);
    if (edit !== null && offer !== null) void saving.save({ ...edit, expected_version: offer.version });
  };
  return (
    <form ref={element} class="new-order" onSubmit={(event) => (event.preventDefault(), save())}>
      <header class="order-title">
        <a class="back" href={hrefOf(["offers"])} aria-label={words.offers}>←</a>
        <h1>{offer?.title ?? words.newOffer}</h1>
        {offer === null ? null : <Pill kind="offer_state" value={offer.state} />}
        <span class="spacer" />
        {offer !== null && session.role === "owner" ? <State offer={offer} /> : null}
      </header>
      <div class="order-columns">
        <div>
          <Block title={words.general}>
            <div class="grid">
              {offer === null ? <TextField label={labels.of("field", "code")} value={draft.code} onValue={(code) => change({ code })} required /> : null}
              <TextField label={labels.of("field", "title")} value={draft.title} onValue={(title) => change({ title })} required />
              <SelectField label={labels.of("field", "funnel")} value={draft.funnel} options={[{ value: "", text: "–" }, ...funnels.map((one) => ({ value: one.id, text: one.name }))]} onValue={(funnel) => change({ funnel })} />
              <TextField label={`${labels.of("field", "discount")}, %`} value={draft.percent} onValue={(percent) => change({ percent })} hint={words.optional} />
            </div>
          </Block>
          <Block title={words.products}><DraftLines lines={draft.lines} currency={offer?.currency ?? session.currency} onLines={(lines) => change({ lines })} /></Block>
          <Block title={words.paymentAndSale}>
            {host === null ? <Skeleton lines={4} /> : <div class="contract-form"><Form host={host} groups={form} values={draft.more} onValues={(values) => change({ more: values })} /></div>}
          </Block>
        </div>
        <aside>
          {offer === null ? null : (
            <>
              <PricePage code={offer.code} currency={offer.currency} options={optionsOf(offer)} />
              {asked !== null ? (
                <Block title={words.impact}>
                  <SelectField label={words.impact} value={draft.scope} options={[{ value: "following_orders", text: words.following }, { value: "new_orders", text: words.newOrdersOnly }]} onValue={(scope) => change({ scope })} />
                  <Impact command={asked} />
                </Block>
              ) : null}
              <Versions offer={offer} />
            </>
          )}
          {session.role === "owner" ? <button class="button primary" disabled={offer === null ? create === null : !isChanged}>{words.save}</button> : null}
        </aside>
      </div>
    </form>
  );
}

function State({ offer }: { offer: SoldOfferView }): JSX.Element {
  const { words } = useSchool();
  const of = { command: "edit_offer", offer: offer.code } as const;
  if (offer.state === "published") return <button type="button" class="button" onClick={() => void perform({ command: "archive_offer", offer: offer.code }, { undo: { ...of, state: "published" } })}>{words.archive}</button>;
  return <button type="button" class="button" onClick={() => void perform({ ...of, state: "published" }, { undo: { ...of, state: offer.state } })}>{words.publish}</button>;
}

function Versions({ offer }: { offer: SoldOfferView }): JSX.Element {
  const { words, labels } = useSchool();
  return (
    <Block title={words.versions}>
      <ol class="versions">
        {[...offer.versions].reverse().map((one) => <li key={one.version}>{labels.of("field", "version")} {one.version} <span class="muted"><When at={one.at} /></span></li>)}
      </ol>
    </Block>
  );
}

/** What of the contract's form differs from the stored offer; what was cleared is none. */
function changedMore(before: Values, after: Values): Partial<EditOffer> {
  const names = more.filter((name) => JSON.stringify(before[name]) !== JSON.stringify(after[name]));
  return Object.fromEntries(names.map((name) => [name, after[name] ?? (name === "quiet" || name === "payment_options" ? [] : null)]));
}

function createOf(draft: Draft): CreateOffer | null {
  const items = draft.lines.map(lineOf).filter((line) => line !== null);
  if (draft.code === "" || draft.title === "" || items.length === 0 || items.length < draft.lines.length) return null;
  return {
    command: "create_offer",
    code: draft.code,
    title: draft.title,
    items,
    ...(draft.funnel === "" ? {} : { funnel: draft.funnel }),
    ...(draft.percent === "" ? {} : { discount: { percent: draft.percent.replace(",", ".") } }),
    ...draft.more,
  } as CreateOffer;
}

/** The command that names only what changes, item by item (O8). */
function editOf(offer: SoldOfferView, draft: Draft): EditOffer | null {
  const before = draftOf(offer);
  const lines = draft.lines.map(lineOf);
  if (lines.some((line) => line === null)) return null;
  const items = lines.filter((line) => line !== null).filter((line, n) => JSON.stringify(draft.lines[n]) !== JSON.stringify(before.lines.find((one) => one.product === line.product)));
  const removed = before.lines.map((line) => line.product).filter((product) => !draft.lines.some((line) => line.product === product));
  return {
    command: "edit_offer",
    offer: offer.code,
    apply_to: draft.scope,
    ...(draft.title === before.title ? {} : { title: draft.title }),
    ...(draft.funnel === before.funnel ? {} : { funnel: draft.funnel === "" ? null : draft.funnel }),
    ...(draft.percent === before.percent ? {} : { discount: draft.percent === "" ? null : { percent: draft.percent } }),
    ...(items.length === 0 ? {} : { items }),
    ...(removed.length === 0 ? {} : { remove_items: removed }),
    ...changedMore(before.more, draft.more),
  };
}
