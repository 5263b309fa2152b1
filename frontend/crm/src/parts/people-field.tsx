/** Several people of the team, kept as ids with commas: chosen by name where the school lists them, else typed. */

import type { JSX } from "preact";
import { useIsListed, usePeople } from "../state/people.ts";
import { useSchool } from "../state/school.ts";
import { Field, TextField } from "./fields.tsx";
import { namesOf } from "./names.ts";

interface PeopleProps {
  label: string;
  value: string;
  onValue: (value: string) => void;
}

export function PeopleField({ label, value, onValue }: PeopleProps): JSX.Element {
  const { words } = useSchool();
  const people = usePeople();
  const chosen = namesOf(value);
  const put = (ids: readonly string[]): void => onValue(ids.join(", "));
  if (!useIsListed()) return <TextField label={label} value={value} onValue={onValue} hint={words.optional} />;
  const nameOf = (id: string): string => people.find((one) => one.value === id)?.text ?? id;
  return (
    <Field label={label}>
      {(field) => (
        <>
          <select id={field} value="" onChange={(event) => put([...chosen, event.currentTarget.value])}>
            <option value="">{words.choose}</option>
            {people
              .filter((one) => !chosen.includes(one.value))
              .map((one) => (
                <option key={one.value} value={one.value}>
                  {one.text}
                </option>
              ))}
          </select>
          {chosen.map((id) => (
            <span key={id} class="hint">
              {nameOf(id)}{" "}
              <button
                type="button"
                class="link"
                aria-label={`${words.remove}: ${nameOf(id)}`}
                onClick={() => put(chosen.filter((one) => one !== id))}
              >
                {words.remove}
              </button>
            </span>
          ))}
        </>
      )}
    </Field>
  );
}
