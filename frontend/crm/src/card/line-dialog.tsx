/** Edits a product of an order, or adds one; only the fields that were touched are sent (K2, O7). */

import type { JSX } from "preact";
import { useState } from "preact/hooks";
import { typedAmount, type AccessTerms, type Command, type LineView, type OrderView } from "@kwiga-orders/client";
import { Dialog } from "../parts/dialog.tsx";
import { SelectField, TextField } from "../parts/fields.tsx";
import { namesOf } from "../parts/names.ts";
import { PeopleField } from "../parts/people-field.tsx";
import { useProducts } from "../state/products.ts";
import { useSchool } from "../state/school.ts";
import { TermsEditor } from "../terms/terms-editor.tsx";
import { ConflictView, useSaving } from "./conflict.tsx";
import { PreviewPanel } from "./preview-panel.tsx";

interface LineDialogProps {
  order: OrderView;
  /** Null: a product is added. */
  line: LineView | null;
  onClose: () => void;
}

export function LineDialog({ order, line, onClose }: LineDialogProps): JSX.Element {
  const { words, labels } = useSchool();
  const [base] = useState(order);
  const products = useProducts().filter(({ value }) => !base.lines.some((one) => one.product === value));
  const [product, setProduct] = useState(line?.product ?? "");
  const [price, setPrice] = useState(line?.price ?? "");
  const [curators, setCurators] = useState(line?.curators.join(", ") ?? "");
  const [changed, setChanged] = useState<AccessTerms>({});
  const saving = useSaving(onClose);
  // the stored terms are shown, and only what is changed of them is sent
  const terms = { ...(line === null ? {} : (line.terms as AccessTerms)), ...changed };
  const command = commandOf();

  function commandOf(): Command | null {
    const amount = typedAmount(price);
    const people = namesOf(curators);
    if (amount === null || product === "") return null;
    if (line === null)
      return { command: "add_line", order: base.id, product, price: amount, terms: changed, curators: people };
    return {
      command: "edit_line",
      order: base.id,
      product,
      ...(amount === line.price ? {} : { price: amount }),
      ...(Object.keys(changed).length === 0 ? {} : { terms: changed }),
      ...(people.join() === line.curators.join() ? {} : { curators: people }),
    };
  }
  return (
    <Dialog
      wide
      title={line === null ? labels.of("command", "add_line") : (line.product_title ?? line.product)}
      onClose={onClose}
    >
      <form
        class="stack"
        onSubmit={(event) => (
          event.preventDefault(),
          command === null ? undefined : void saving.save({ ...command, expected_version: base.version })
        )}
      >
        {line === null ? (
          <SelectField
            label={labels.of("field", "product")}
            value={product}
            options={[{ value: "", text: words.choose }, ...products]}
            onValue={setProduct}
          />
        ) : null}
        <TextField label={`${words.price}, ${base.currency}`} value={price} onValue={setPrice} required />
        <TermsEditor product={product} terms={terms} onChange={(part) => setChanged({ ...changed, ...part })} />
        <PeopleField label={words.curators} value={curators} onValue={setCurators} />
        {saving.conflict === null ? (
          <PreviewPanel command={command} />
        ) : (
          <ConflictView
            base={base}
            fields={[
              {
                name: "price",
                yours: price,
                theirs: (one) => one.lines.find((other) => other.product === product)?.price ?? "",
              },
            ]}
            onKeep={(version) =>
              command === null ? undefined : void saving.save({ ...command, expected_version: version })
            }
            onTake={onClose}
          />
        )}
        {saving.conflict === null ? (
          <button class="button primary" disabled={command === null}>
            {words.save}
          </button>
        ) : null}
      </form>
    </Dialog>
  );
}
