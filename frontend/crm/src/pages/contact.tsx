/** A contact: who it is, what they bought, all their orders (S2), and a duplicate merged into the one that stays. */

import type { JSX } from "preact";
import { useState } from "preact/hooks";
import type { ContactView } from "@kwiga-orders/client";
import { LearnerLink } from "../card/client.tsx";
import { ContactPicker } from "../card/contact-picker.tsx";
import { PreviewPanel } from "../card/preview-panel.tsx";
import { Block, Facts } from "../parts/block.tsx";
import { Dialog } from "../parts/dialog.tsx";
import { Reason } from "../parts/reason.tsx";
import { Answered } from "../parts/states.tsx";
import { Day, Money, Pill, Sums } from "../parts/values.tsx";
import { useAsked } from "../state/asking.ts";
import { perform } from "../state/doing.ts";
import { go, hrefOf } from "../state/route.ts";
import { useSchool } from "../state/school.ts";
import { ContactDialog } from "./contact-dialog.tsx";

export function ContactPage({ parts }: { parts: readonly string[] }): JSX.Element {
  const asked = useAsked({ query: "contact", contact: parts[0] ?? "" });
  return <Answered asked={asked} lines={10}>{(contact) => <Shown contact={contact} />}</Answered>;
}

function Shown({ contact }: { contact: ContactView }): JSX.Element {
  const { words, labels, session } = useSchool();
  const [doing, setDoing] = useState<"edit" | "merge" | null>(null);
  const orders = useAsked({ query: "orders", contact: contact.id, limit: 100 });
  const products = useAsked({ query: "products", contact: contact.id }).answer ?? [];
  const may = session.role === "owner" || session.role === "manager";
  return (
    <article class="order-card">
      <header class="order-head">
        <div class="order-title">
          <a class="back" href={hrefOf(["contacts"])} aria-label={words.contacts}>←</a>
          <h1>{contact.name}</h1>
          <span class="spacer" />
          <LearnerLink contact={contact.id} />
          {may ? (
            <>
              <button type="button" class="button" onClick={() => setDoing("edit")}>{words.edit}</button>
              <button type="button" class="button" onClick={() => setDoing("merge")}>{words.merge}</button>
              <a class="button primary" href={hrefOf(["order", "new"], { contact: contact.id })}>{words.newOrder}</a>
            </>
          ) : null}
        </div>
        <Facts
          of={[
            [labels.of("field", "email"), contact.email || "–"],
            [labels.of("field", "phone"), contact.phone || "–"],
            [words.language, contact.locale === null ? "–" : labels.of("locale", contact.locale)],
            [labels.of("field", "paid"), <Sums of={contact.paid} />],
            [labels.of("field", "owed"), <Sums of={contact.owed} />],
          ]}
        />
      </header>
      <Block title={words.orders}>
        <Answered asked={orders} lines={4}>
          {({ rows }) => rows.length === 0 ? <p class="muted">{words.nothing}</p> : (
            <div class="table-scroll" tabIndex={0} role="region" aria-label={words.list}>
              <table class="list">
                <thead>
                  <tr>
                    {["number", "created_at", "offer", "status", "payment_status"].map((name) => <th key={name} scope="col">{labels.of("field", name)}</th>)}
                    {["total", "paid", "owed"].map((name) => <th key={name} scope="col" class="number">{labels.of("field", name)}</th>)}
                  </tr>
                </thead>
                <tbody>
                  {rows.map((row) => (
                    <tr key={row.id}>
                      <td class="column-number"><a href={hrefOf(["order", row.id])}>№ {row.number}</a></td>
                      <td data-label={labels.of("field", "created_at")}><Day at={row.created_at} /></td>
                      <td class="column-offer">{row.offer_title ?? row.product_titles.join(", ")}</td>
                      <td class="column-status">{row.status_name ?? row.status}</td>
                      <td class="column-payment_status"><Pill kind="payment_status" value={row.payment_status} /></td>
                      {(["total", "paid", "owed"] as const).map((name) => <td key={name} class={`number column-${name}`} data-label={labels.of("field", name)}><Money amount={row[name]} currency={row.currency} /></td>)}
                    </tr>
                  ))}
                </tbody>
              </table>
            </div>
          )}
        </Answered>
      </Block>
      <Block title={words.access}>
        {products.length === 0 ? <p class="muted">{words.nothing}</p> : null}
        <ul class="rows access-rows">
          {products.map(({ product, product_title, access }) => (
            <li key={product}>
              <strong>{product_title ?? product}</strong>
              <span class={access.open ? "pill pill-good" : "pill pill-open"}>{access.open ? words.open : words.closed}</span>
              {access.reasons[0] === undefined ? <span class="muted">{access.ends_at === null ? words.forever : <>{words.closesAt} <Day at={access.ends_at} /></>}</span> : <Reason of={access.reasons[0]} currency={session.currency} />}
            </li>
          ))}
        </ul>
      </Block>
      {doing === "edit" ? <ContactDialog contact={contact} onClose={() => setDoing(null)} /> : null}
      {doing === "merge" ? <MergeDialog contact={contact} onClose={() => setDoing(null)} /> : null}
    </article>
  );
}

/** Merges this duplicate into another contact: orders, progress and certificates go over (V9). */
function MergeDialog({ contact, onClose }: { contact: ContactView; onClose: () => void }): JSX.Element {
  const { words } = useSchool();
  const [into, setInto] = useState("");
  const command = into === "" || into === contact.id ? null : ({ command: "merge_contacts", contact: contact.id, into } as const);
  const run = async (): Promise<void> => {
    if (command !== null && (await perform(command)).ok) go(hrefOf(["contact", into]));
  };
  return (
    <Dialog title={`${words.mergeInto}: ${contact.name}`} onClose={onClose}>
      <form class="stack" onSubmit={(event) => (event.preventDefault(), void run())}>
        <ContactPicker value={into} onValue={setInto} />
        <PreviewPanel command={command} />
        <button class="button primary" disabled={command === null}>{words.merge}</button>
      </form>
    </Dialog>
  );
}
