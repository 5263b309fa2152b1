/** Fields that refer to something: chosen from what the school has, searched for where there is much of it. */

import type { JSX } from "preact";
import { useState } from "preact/hooks";
import { Labelled, type FieldProps } from "./field.tsx";
import { useHost } from "./host.ts";
import { useExtent, useOptions } from "./options.ts";

export function Reference(props: FieldProps): JSX.Element {
    const extent = useExtent(props.field);
    return extent === "part" ? <Searched {...props} /> : <Chosen {...props} isTyped={extent === "none"} />;
}

function Chosen(props: FieldProps & { isTyped: boolean }): JSX.Element {
    const { field, value, onValue, scope } = props;
    const options = useOptions(field, scope);
    const chosen = String(value ?? "");
    const isListed = options === null || chosen === "" || options.some((one) => one.value === chosen);
    return (
        <Labelled {...props}>
            {(id, describedBy) =>
                props.isTyped ? (
                    <input
                        id={id}
                        aria-describedby={describedBy}
                        required={field.required}
                        value={chosen}
                        onInput={(event) => onValue(event.currentTarget.value || undefined)}
                    />
                ) : (
                    <select
                        id={id}
                        aria-describedby={describedBy}
                        required={field.required}
                        disabled={options === null}
                        value={chosen}
                        onChange={(event) => onValue(event.currentTarget.value || undefined)}
                    >
                        <option value="">–</option>
                        {isListed ? null : <option value={chosen}>{chosen}</option>}
                        {options?.map((one) => (
                            <option key={one.value} value={one.value}>
                                {one.text}
                            </option>
                        ))}
                    </select>
                )
            }
        </Labelled>
    );
}

/** Too many for a list: what is typed is searched for, and one of the found is taken. */
function Searched(props: FieldProps): JSX.Element {
    const { field, value, onValue, scope } = props;
    const { words } = useHost();
    const [search, setSearch] = useState("");
    const [name, setName] = useState("");
    const found = useOptions(field, scope, search) ?? [];
    const take = (one: { value: string; text: string }): void => (setName(one.text), setSearch(""), onValue(one.value));
    return (
        <Labelled {...props} wide>
            {(id, describedBy) => (
                <>
                    {value === undefined ? null : (
                        <p class="form-taken">
                            <strong>{name || String(value)}</strong>
                            <button type="button" class="link" onClick={() => onValue(undefined)}>
                                {words.remove}
                            </button>
                        </p>
                    )}
                    <input
                        id={id}
                        type="search"
                        hidden={value !== undefined}
                        aria-describedby={describedBy}
                        placeholder={words.search}
                        value={search}
                        onInput={(event) => setSearch(event.currentTarget.value)}
                    />
                    <ul class="form-found">
                        {value !== undefined
                            ? null
                            : found.map((one) => (
                                  <li key={one.value}>
                                      <button type="button" class="link" onClick={() => take(one)}>
                                          {one.text}
                                      </button>
                                  </li>
                              ))}
                    </ul>
                </>
            )}
        </Labelled>
    );
}
