/** Fields of forms: each has its label, and says what is wrong beside it. */

import type { ComponentChildren, JSX } from "preact";
import { useId } from "preact/hooks";

interface FieldProps {
  label: string;
  hint?: string | undefined;
  children: (id: string) => ComponentChildren;
}

export function Field({ label, hint, children }: FieldProps): JSX.Element {
  const id = useId();
  return (
    <div class="field">
      <label for={id}>{label}</label>
      {children(id)}
      {hint === undefined ? null : <small class="hint">{hint}</small>}
    </div>
  );
}

interface TextProps {
  label: string;
  value: string;
  onValue: (value: string) => void;
  type?: "text" | "search" | "email" | "tel" | "date" | "datetime-local" | "time" | "number" | "password" | "color";
  hint?: string;
  required?: boolean;
  placeholder?: string;
}

export function TextField({ label, value, onValue, hint, type = "text", ...rest }: TextProps): JSX.Element {
  return (
    <Field label={label} hint={hint}>
      {(id) => {
        // the types of the platform know each type of input apart, and not a choice of several
        const kind = { type } as { type: "text" };
        return <input id={id} {...kind} value={value} onInput={(event) => onValue(event.currentTarget.value)} {...rest} />;
      }}
    </Field>
  );
}

export function LongField({ label, value, onValue }: Pick<TextProps, "label" | "value" | "onValue">): JSX.Element {
  return (
    <Field label={label}>
      {(id) => <textarea id={id} rows={2} value={value} onInput={(event) => onValue(event.currentTarget.value)} />}
    </Field>
  );
}

export interface Option<V extends string> {
  value: V;
  text: string;
}

interface SelectProps<V extends string> {
  label: string;
  value: V;
  options: readonly Option<V>[];
  onValue: (value: V) => void;
}

export function SelectField<V extends string>({ label, value, options, onValue }: SelectProps<V>): JSX.Element {
  // what is set is shown, also if it is not to be chosen any more, such as somebody who has left
  const shown = options.some((one) => one.value === value) ? options : [...options, { value, text: value }];
  // the options are the only values that it can have
  const choose = (chosen: string): void => {
    const option = shown.find((one) => one.value === chosen);
    if (option !== undefined) onValue(option.value);
  };
  return (
    <Field label={label}>
      {(id) => (
        <select id={id} value={value} onChange={(event) => choose(event.currentTarget.value)}>
          {shown.map((option) => (
            <option key={option.value} value={option.value}>
              {option.text}
            </option>
          ))}
        </select>
      )}
    </Field>
  );
}

interface CheckProps {
  label: string;
  value: boolean;
  disabled?: boolean;
  onValue: (value: boolean) => void;
}

export function CheckField({ label, value, onValue, disabled = false }: CheckProps): JSX.Element {
  return (
    <label class="check">
      <input type="checkbox" checked={value} disabled={disabled} onChange={(event) => onValue(event.currentTarget.checked)} />
      {label}
    </label>
  );
}
