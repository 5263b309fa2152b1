import type { JSX } from "preact";
import type { Period } from "@kwiga-orders/client";
import { useSchool } from "../state/school.ts";
import { Field } from "./fields.tsx";

/** A period as it is typed. */
export interface TypedPeriod {
  count: string;
  unit: "days" | "months";
}

/** The period that was typed; null if it is none. */
export function periodOf({ count, unit }: TypedPeriod): Period | null {
  const number = Number(count);
  if (!Number.isInteger(number) || number < 1) return null;
  return unit === "days" ? { days: number } : { months: number };
}

/** A period of the wire as it is typed. */
export function typedPeriod(period: { days?: number | undefined; months?: number | undefined } | null): TypedPeriod {
  if (period?.months) return { count: String(period.months), unit: "months" };
  return { count: String(period?.days ?? ""), unit: "days" };
}

// what the contract takes
const longest = { days: 3660, months: 120 };

interface PeriodFieldProps {
  label: string;
  value: TypedPeriod;
  onValue: (value: TypedPeriod) => void;
}

export function PeriodField({ label, value, onValue }: PeriodFieldProps): JSX.Element {
  const { words } = useSchool();
  const unitOf = (text: string): TypedPeriod["unit"] => (text === "months" ? "months" : "days");
  return (
    <Field label={label}>
      {(id) => (
        <span class="period">
          <input
            id={id}
            type="number"
            min={1}
            max={longest[value.unit]}
            value={value.count}
            onInput={(event) => onValue({ ...value, count: event.currentTarget.value })}
          />
          <select
            aria-label={label}
            value={value.unit}
            onChange={(event) => onValue({ ...value, unit: unitOf(event.currentTarget.value) })}
          >
            <option value="days">{words.days}</option>
            <option value="months">{words.months}</option>
          </select>
        </span>
      )}
    </Field>
  );
}
