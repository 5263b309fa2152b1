import type { JSX } from "preact";
import { typedAmount, type AccessTerms, type NewLine } from "@kwiga-orders/client";
import { SelectField, TextField } from "../parts/fields.tsx";
import { namesOf } from "../parts/names.ts";
import { PeopleField } from "../parts/people-field.tsx";
import { useProducts } from "../state/products.ts";
import { useSchool } from "../state/school.ts";
import { TermsEditor } from "../terms/terms-editor.tsx";

/** A product of an order, or of an offer, as it is typed. */
export interface DraftLine {
  product: string;
  price: string;
  terms: AccessTerms;
  curators: string;
}

/** The line of the wire; null while the product or the price is missing. */
export function lineOf(draft: DraftLine): NewLine | null {
  const price = typedAmount(draft.price);
  if (draft.product === "" || price === null) return null;
  const curators = namesOf(draft.curators);
  return { product: draft.product, price, terms: draft.terms, curators };
}

interface DraftLinesProps {
  lines: readonly DraftLine[];
  currency: string;
  onLines: (lines: readonly DraftLine[]) => void;
}

export function DraftLines({ lines, currency, onLines }: DraftLinesProps): JSX.Element {
  const { words, labels } = useSchool();
  const products = useProducts();
  const change = (n: number, part: Partial<DraftLine>): void =>
    onLines(lines.map((line, m) => (m === n ? { ...line, ...part } : line)));
  return (
    <>
      {lines.map((line, n) => (
        <fieldset key={n} class="draft">
          <legend>{products.find((one) => one.value === line.product)?.text ?? labels.of("field", "product")}</legend>
          <div class="grid">
            <SelectField
              label={labels.of("field", "product")}
              value={line.product}
              options={[{ value: "", text: words.choose }, ...products]}
              onValue={(product) => change(n, { product })}
            />
            <TextField
              label={`${words.price}, ${currency}`}
              value={line.price}
              onValue={(price) => change(n, { price })}
              required
            />
            <PeopleField
              label={words.curators}
              value={line.curators}
              onValue={(curators) => change(n, { curators })}
            />
          </div>
          <TermsEditor
            product={line.product}
            terms={line.terms}
            onChange={(part) => change(n, { terms: { ...line.terms, ...part } })}
          />
          <button type="button" class="link" onClick={() => onLines(lines.filter((_, m) => m !== n))}>
            {words.remove}
          </button>
        </fieldset>
      ))}
      <button
        type="button"
        class="button"
        onClick={() => onLines([...lines, { product: "", price: "", terms: {}, curators: "" }])}
      >
        + {labels.of("command", "add_line")}
      </button>
    </>
  );
}
