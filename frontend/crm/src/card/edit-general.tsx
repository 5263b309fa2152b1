/** Edits the head of an order; if somebody else was faster, both versions are shown side by side (K2). */

import type { JSX } from "preact";
import { useState } from "preact/hooks";
import type { EditOrder, OrderView } from "@kwiga-orders/client";
import { Dialog } from "../parts/dialog.tsx";
import { LongField, SelectField, TextField } from "../parts/fields.tsx";
import { namesOf } from "../parts/names.ts";
import { PeopleField } from "../parts/people-field.tsx";
import { useSchool } from "../state/school.ts";
import { usePeople } from "../state/people.ts";
import { ConflictView, useSaving } from "./conflict.tsx";
import { PreviewPanel } from "./preview-panel.tsx";

/** What is edited, as it is shown in fields. */
interface Draft {
  manager: string;
  responsibles: string;
  tags: string;
  comment: string;
  percent: string;
}

export function EditGeneral({ order, onClose }: { order: OrderView; onClose: () => void }): JSX.Element {
  const { words, labels } = useSchool();
  // the version that was looked at: what came later is a conflict, not something to write over
  const [base] = useState(order);
  const [draft, setDraft] = useState<Draft>(() => draftOf(order));
  const people = usePeople();
  const named = (ids: string): string =>
    namesOf(ids)
      .map((id) => people.find((one) => one.value === id)?.text ?? id)
      .join(", ");
  const change = (part: Partial<Draft>): void => setDraft({ ...draft, ...part });
  const command = commandOf(base, draft);
  const saving = useSaving(onClose);
  return (
    <Dialog title={`№ ${order.number}`} onClose={onClose}>
      <form
        class="stack"
        onSubmit={(event) => (event.preventDefault(), void saving.save({ ...command, expected_version: base.version }))}
      >
        <SelectField
          label={labels.of("field", "manager")}
          value={draft.manager}
          options={[{ value: "", text: words.nobody }, ...people]}
          onValue={(manager) => change({ manager })}
        />
        <PeopleField
          label={labels.of("field", "responsibles")}
          value={draft.responsibles}
          onValue={(responsibles) => change({ responsibles })}
        />
        <TextField label={labels.of("field", "tags")} value={draft.tags} onValue={(tags) => change({ tags })} />
        <TextField
          label={`${labels.of("field", "discount")}, %`}
          value={draft.percent}
          onValue={(percent) => change({ percent })}
          hint={words.optional}
        />
        <LongField
          label={labels.of("field", "comment")}
          value={draft.comment}
          onValue={(comment) => change({ comment })}
        />
        {saving.conflict === null ? (
          <PreviewPanel command={command} />
        ) : (
          <ConflictView
            base={base}
            fields={[
              { name: "manager", yours: named(draft.manager), theirs: (one) => named(one.manager ?? "") },
              {
                name: "responsibles",
                yours: named(draft.responsibles),
                theirs: (one) => named(one.responsibles.join(", ")),
              },
              { name: "tags", yours: draft.tags, theirs: (one) => one.tags.join(", ") },
              { name: "comment", yours: draft.comment, theirs: (one) => one.comment ?? "" },
            ]}
            onKeep={(version) => void saving.save({ ...command, expected_version: version })}
            onTake={onClose}
          />
        )}
        {saving.conflict === null ? <button class="button primary">{words.save}</button> : null}
      </form>
    </Dialog>
  );
}

function draftOf(order: OrderView): Draft {
  return {
    manager: order.manager ?? "",
    responsibles: order.responsibles.join(", "),
    tags: order.tags.join(", "),
    comment: order.comment ?? "",
    percent: "",
  };
}

/** The command that names only what was changed: what was left alone stays as somebody else may have made it (K2). */
function commandOf(base: OrderView, draft: Draft): EditOrder {
  const before = draftOf(base);
  return {
    command: "edit_order",
    order: base.id,
    ...(draft.manager === before.manager ? {} : { manager: draft.manager === "" ? null : draft.manager }),
    ...(draft.responsibles === before.responsibles ? {} : { responsibles: namesOf(draft.responsibles) }),
    ...(draft.tags === before.tags ? {} : { tags: namesOf(draft.tags) }),
    ...(draft.comment === before.comment ? {} : { comment: draft.comment === "" ? null : draft.comment }),
    ...(draft.percent === "" ? {} : { discount: { percent: draft.percent.replace(",", ".") } }),
  };
}
