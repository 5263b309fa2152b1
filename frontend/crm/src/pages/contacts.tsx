import type { JSX } from "preact";
import { useState } from "preact/hooks";
import { Answered, Empty } from "../parts/states.tsx";
import { Sums } from "../parts/values.tsx";
import { useAsked } from "../state/asking.ts";
import { go, hrefOf, route } from "../state/route.ts";
import { setParameter } from "../orders/filters.ts";
import { useSchool } from "../state/school.ts";
import { ContactDialog } from "./contact-dialog.tsx";

const pageSize = 50;
const numbers: ReadonlySet<string> = new Set(["orders", "paid", "owed"]);

export function ContactsPage(): JSX.Element {
  const { words, labels, session } = useSchool();
  const [shown, setShown] = useState(pageSize);
  const [isNew, setNew] = useState(false);
  const search = route.value.parameters.get("search") ?? "";
  const asked = useAsked({ query: "contacts", limit: shown, ...(search === "" ? {} : { search }) });
  const mayAdd = session.role === "owner" || session.role === "manager";
  return (
    <section>
      <header class="toolbar">
        <h1>{words.contacts}</h1>
        <input type="search" class="search" aria-label={words.search} placeholder={words.search} value={search} onInput={(event) => setParameter("search", event.currentTarget.value)} />
        <span class="spacer" />
        {mayAdd ? <button type="button" class="button primary" onClick={() => setNew(true)}>{words.newContact}</button> : null}
      </header>
      <Answered asked={asked} lines={14}>
        {({ rows, next }) => rows.length === 0 ? <Empty>{words.nothingFound}</Empty> : (
          <div class="table-scroll" tabIndex={0} role="region" aria-label={words.contacts}>
            <table class="list">
              <thead>
                <tr>
                  {["name", "email", "phone", "orders", "bought", "paid", "owed"].map((name) => <th key={name} scope="col" class={numbers.has(name) ? "number" : undefined}>{name === "name" ? words.personName : labels.of("field", name)}</th>)}
                </tr>
              </thead>
              <tbody>
                {rows.map((contact) => (
                  <tr key={contact.id}>
                    <td class="column-name"><a href={hrefOf(["contact", contact.id])}>{contact.name}</a></td>
                    <td class="column-email">{contact.email || "–"}</td>
                    <td class="column-phone">{contact.phone || "–"}</td>
                    <td class="number" data-label={labels.of("field", "orders")}>{contact.orders}</td>
                    <td class="column-bought" data-label={labels.of("field", "bought")}>{contact.bought.map((one) => one.product_title ?? one.product).join(", ") || "–"}</td>
                    <td class="number" data-label={labels.of("field", "paid")}><Sums of={contact.paid} /></td>
                    <td class="number" data-label={labels.of("field", "owed")}><Sums of={contact.owed} /></td>
                  </tr>
                ))}
              </tbody>
            </table>
            {next === null ? null : <button type="button" class="button more" onClick={() => setShown(shown + pageSize)}>{words.more}</button>}
          </div>
        )}
      </Answered>
      {isNew ? <ContactDialog contact={null} onClose={() => setNew(false)} onSaved={(id) => go(hrefOf(["contact", id]))} /> : null}
    </section>
  );
}
