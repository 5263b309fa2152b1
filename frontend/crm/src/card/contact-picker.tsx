/** Chooses a contact by any part of name, e-mail or phone, or makes a new one on the spot. */

import type { JSX } from "preact";
import { useState } from "preact/hooks";
import { useAsked } from "../state/asking.ts";
import { useSchool } from "../state/school.ts";
import { ContactDialog } from "../pages/contact-dialog.tsx";

export function ContactPicker({ value, onValue }: { value: string; onValue: (contact: string) => void }): JSX.Element {
  const { words } = useSchool();
  const [search, setSearch] = useState("");
  const [isNew, setNew] = useState(false);
  const chosen = useAsked(value === "" ? null : { query: "contact", contact: value }).answer;
  const found =
    useAsked(value !== "" || search.trim() === "" ? null : { query: "contacts", search, limit: 8 }).answer?.rows ?? [];
  if (value !== "") {
    return (
      <p class="chosen">
        <strong>{chosen?.name ?? value}</strong>{" "}
        <span class="muted">
          {chosen?.email} {chosen?.phone}
        </span>
        <button type="button" class="link" onClick={() => onValue("")}>
          {words.edit}
        </button>
      </p>
    );
  }
  return (
    <div class="picker">
      <input
        type="search"
        aria-label={words.client}
        placeholder={words.search}
        value={search}
        onInput={(event) => setSearch(event.currentTarget.value)}
      />
      <ul>
        {found.map((contact) => (
          <li key={contact.id}>
            <button type="button" class="link" onClick={() => onValue(contact.id)}>
              {contact.name}{" "}
              <span class="muted">
                {contact.email} {contact.phone}
              </span>
            </button>
          </li>
        ))}
      </ul>
      <button type="button" class="button" onClick={() => setNew(true)}>
        + {words.newContact}
      </button>
      {isNew ? <ContactDialog contact={null} onClose={() => setNew(false)} onSaved={onValue} /> : null}
    </div>
  );
}
