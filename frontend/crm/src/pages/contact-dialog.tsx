import type { JSX } from "preact";
import { useState } from "preact/hooks";
import { localeValues, type ContactView, type Locale } from "@kwiga-orders/client";
import { Dialog } from "../parts/dialog.tsx";
import { SelectField, TextField } from "../parts/fields.tsx";
import { perform } from "../state/doing.ts";
import { useSchool } from "../state/school.ts";

interface ContactDialogProps {
  /** Null: a new one. */
  contact: ContactView | null;
  onClose: () => void;
  onSaved?: (id: string) => void;
}

export function ContactDialog({ contact, onClose, onSaved }: ContactDialogProps): JSX.Element {
  const { words, labels, locale: spoken } = useSchool();
  const [name, setName] = useState(contact?.name ?? "");
  const [email, setEmail] = useState(contact?.email ?? "");
  const [phone, setPhone] = useState(contact?.phone ?? "");
  const [locale, setLocale] = useState<Locale>(contact?.locale ?? spoken);
  const save = async (): Promise<void> => {
    // an id that nobody can guess: it is part of addresses
    const id = contact?.id ?? crypto.randomUUID();
    const outcome = await perform({ command: "save_contact", id, name, email, phone, locale, no_letters: contact?.no_letters ?? [] });
    if (!outcome.ok) return;
    onSaved?.(id);
    onClose();
  };
  return (
    <Dialog title={contact === null ? words.newContact : contact.name} onClose={onClose}>
      <form class="stack" onSubmit={(event) => (event.preventDefault(), event.stopPropagation(), void save())}>
        <TextField label={words.personName} value={name} onValue={setName} required />
        <TextField type="email" label={labels.of("field", "email")} value={email} onValue={setEmail} />
        <TextField type="tel" label={labels.of("field", "phone")} value={phone} onValue={setPhone} />
        <SelectField label={words.language} value={locale} options={localeValues.map((value) => ({ value, text: labels.of("locale", value) }))} onValue={setLocale} />
        <button class="button primary">{words.save}</button>
      </form>
    </Dialog>
  );
}
