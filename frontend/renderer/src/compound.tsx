/** Fields of several values: parts with their own fields, lists, maps, tuples. */

import type { FormField, FormPart, FormWidget } from "@kwiga-orders/client";
import type { JSX } from "preact";
import { useId, useState } from "preact/hooks";
import { under, type FieldProps, type Place } from "./field.tsx";
import { Field, Groups } from "./form.tsx";
import { useHost, useText } from "./host.ts";
import { useOptions } from "./options.ts";
import { Control } from "./scalar.tsx";
import { changed, fieldsOf, kindOf, listOf, valuesOf, type FormValue } from "./values.ts";

export function Compound(props: FieldProps): JSX.Element {
    const { forms } = useHost();
    switch (props.field.widget) {
        case "part": {
            const part = forms.parts[props.field.part ?? ""];
            return part === undefined ? (
                <></>
            ) : part.kinds === undefined ? (
                <Part {...props} part={part} />
            ) : isInline(part) ? (
                <Measured {...props} part={part} />
            ) : (
                <Kinds {...props} part={part} />
            );
        }
        case "map":
            return <Pairs {...props} />;
        case "list":
            return props.field.item?.widget === "part" ? <Parts {...props} /> : <Several {...props} />;
        default:
            return <Tuple {...props} />;
    }
}

interface PartProps extends FieldProps {
    part: FormPart;
}

function Part({ part, field, value, onValue, ...place }: PartProps): JSX.Element {
    const text = useText();
    const values = valuesOf(value);
    return (
        <fieldset class="form-part form-wide">
            <legend>{text(field.label)}</legend>
            <Groups
                groups={part.groups ?? []}
                values={values}
                onValues={onValue}
                {...place}
                scope={[values, ...place.scope]}
            />
        </fieldset>
    );
}

/** Whether each kind is one number or amount: then it is a value with its unit, such as 3 days, 10 %. */
function isInline(part: FormPart): boolean {
    return part.kinds?.every((kind) => kind.tag === null && fieldsOf(kind.groups).length === 1) ?? false;
}

function Measured({ part, field, value, onValue }: PartProps): JSX.Element {
    const id = useId();
    const text = useText();
    const kinds = part.kinds ?? [];
    const [first, setFirst] = useState(kinds[0]?.value ?? "");
    const chosen = kindOf(part, value)?.value ?? first;
    const widget = fieldsOf(kinds.find((one) => one.value === chosen)?.groups ?? [])[0];
    const amount = valuesOf(value)[chosen];
    const put = (unit: string, next: FormValue): void => onValue(next === undefined ? undefined : { [unit]: next });
    return (
        <div class="field">
            <label for={id}>
                {text(field.label)}
                {field.required ? <span aria-hidden="true"> *</span> : null}
            </label>
            <span class="form-row">
                {widget === undefined ? null : (
                    <Control
                        key={chosen}
                        id={id}
                        widget={widget}
                        value={amount}
                        required={field.required}
                        onValue={(next) => put(chosen, next)}
                    />
                )}
                <select
                    aria-label={text(field.label)}
                    value={chosen}
                    onChange={(event) => (setFirst(event.currentTarget.value), put(event.currentTarget.value, amount))}
                >
                    {kinds.map((one) => (
                        <option key={one.value} value={one.value}>
                            {text(one.label)}
                        </option>
                    ))}
                </select>
            </span>
            {field.help === undefined ? null : <small class="hint">{text(field.help)}</small>}
        </div>
    );
}

/** One of several kinds, each with fields of its own. */
function Kinds({ part, field, value, onValue, ...place }: PartProps): JSX.Element {
    const id = useId();
    const text = useText();
    const kind = kindOf(part, value);
    const values = valuesOf(value);
    const choose = (name: string): void => {
        const tag = part.kinds?.find((one) => one.value === name)?.tag;
        onValue(tag ? { [tag]: name } : undefined);
    };
    const fields = kind === undefined ? [] : fieldsOf(kind.groups);
    return (
        <div class={fields.length > 1 ? "form-kinds form-wide" : "form-kinds"}>
            <div class="field">
                <label for={id}>{text(field.label)}</label>
                <select
                    id={id}
                    required={field.required}
                    value={kind?.value ?? ""}
                    onChange={(event) => choose(event.currentTarget.value)}
                >
                    <option value="">–</option>
                    {part.kinds?.map((one) => (
                        <option key={one.value} value={one.value}>
                            {text(one.label)}
                        </option>
                    ))}
                </select>
            </div>
            {kind === undefined ? null : (
                <Groups
                    groups={kind.groups}
                    values={values}
                    onValues={onValue}
                    {...place}
                    scope={[values, ...place.scope]}
                />
            )}
        </div>
    );
}

/** A list of parts, one below the other. */
function Parts({ field, value, onValue, ...place }: FieldProps): JSX.Element {
    const text = useText();
    const { forms, words } = useHost();
    const items = listOf(value);
    const part = forms.parts[field.item?.part ?? ""];
    const change = (n: number, item: FormValue): void => onValue(items.map((one, m) => (m === n ? (item ?? {}) : one)));
    const remove = (n: number): void => onValue(items.length === 1 ? undefined : items.filter((_, m) => m !== n));
    return (
        <div class="form-list form-wide" role="group" aria-label={text(field.label)}>
            <span class="form-label">{text(field.label)}</span>
            {field.help === undefined ? null : <small class="hint">{text(field.help)}</small>}
            {items.map((item, n) => {
                const inner: FormField = { ...field.item!, name: String(n), label: field.label, required: false };
                const values = valuesOf(item);
                return (
                    <fieldset key={n} class="form-part">
                        <legend>
                            {text(field.label)} {n + 1}
                        </legend>
                        {part?.groups === undefined ? (
                            <Field
                                field={inner}
                                value={item}
                                onValue={(next) => change(n, next)}
                                {...place}
                                path={under(place.path, n)}
                            />
                        ) : (
                            <Groups
                                groups={part.groups}
                                values={values}
                                onValues={(next) => change(n, next)}
                                {...place}
                                path={under(place.path, n)}
                                scope={[values, ...place.scope]}
                            />
                        )}
                        <button type="button" class="link" onClick={() => remove(n)}>
                            {words.remove}
                        </button>
                    </fieldset>
                );
            })}
            <button type="button" class="button" onClick={() => onValue([...items, {}])}>
                + {words.add}: {text(field.label)}
            </button>
        </div>
    );
}

// a short list is seen at once; words that people make themselves are typed
const freelyTyped: ReadonlySet<string> = new Set(["tag"]);

const mostInline = 8;

/** A list of single values: ticked where it is known what there is, else typed with commas. */
function Several({ field, value, onValue, scope }: FieldProps): JSX.Element {
    const id = useId();
    const text = useText();
    const item = field.item;
    const options = useOptions(item, scope);
    const chosen = listOf(value).map(String);
    const put = (next: readonly string[]): void => onValue(next.length === 0 ? undefined : next);
    if (options !== null && options.length === 0 && chosen.length === 0 && !freelyTyped.has(item?.refers_to ?? ""))
        return <></>;
    if (options !== null && !freelyTyped.has(item?.refers_to ?? "")) {
        return (
            <div
                class={options.length > mostInline ? "form-several form-wide" : "form-several"}
                role="group"
                aria-labelledby={id}
            >
                <span id={id} class="form-label">
                    {text(field.label)}
                </span>
                {options.map((one) => (
                    <label key={one.value} class="check">
                        <input
                            type="checkbox"
                            checked={chosen.includes(one.value)}
                            onChange={(event) =>
                                put(
                                    event.currentTarget.checked
                                        ? [...chosen, one.value]
                                        : chosen.filter((other) => other !== one.value),
                                )
                            }
                        />{" "}
                        {one.text}
                    </label>
                ))}
            </div>
        );
    }
    return (
        <Listed id={id} field={field} chosen={chosen} known={(options ?? []).map((one) => one.value)} onChosen={put} />
    );
}

interface ListedProps {
    id: string;
    field: FormField;
    chosen: readonly string[];
    known: readonly string[];
    onChosen: (values: readonly string[]) => void;
}

function Listed({ id, field, chosen, known, onChosen }: ListedProps): JSX.Element {
    const text = useText();
    const [typed, setTyped] = useState(chosen.join(", "));
    const put = (next: string): void => (
        setTyped(next),
        onChosen(
            next
                .split(",")
                .map((one) => one.trim())
                .filter((one) => one !== ""),
        )
    );
    return (
        <div class="field">
            <label for={id}>{text(field.label)}</label>
            <input id={id} list={`${id}-known`} value={typed} onInput={(event) => put(event.currentTarget.value)} />
            <datalist id={`${id}-known`}>
                {known.map((one) => (
                    <option key={one} value={one} />
                ))}
            </datalist>
        </div>
    );
}

/** A value for each of some keys, such as a delay for a module. */
function Pairs({ field, value, onValue, ...place }: FieldProps): JSX.Element {
    const id = useId();
    const text = useText();
    const { words } = useHost();
    const values = valuesOf(value);
    const options = useOptions(field.key, place.scope);
    const left = (options ?? []).filter((one) => !(one.value in values));
    const inner = (key: string): FormField => ({
        ...(field.item as FormWidget),
        name: key,
        label: keyName(key),
        required: true,
    });
    const keyName = (key: string): string => options?.find((one) => one.value === key)?.text ?? key;
    const add = (key: string): void =>
        key === "" ? undefined : onValue({ ...values, [key]: field.item?.widget === "part" ? {} : undefined });
    if (options !== null && options.length === 0) return <></>;
    return (
        <div class="form-list form-wide" role="group" aria-label={text(field.label)}>
            {Object.entries(values).map(([key, one]) => (
                <div key={key} class="form-pair">
                    <Field
                        field={inner(key)}
                        value={one}
                        onValue={(next) =>
                            onValue({ ...values, [key]: next ?? (field.item?.widget === "part" ? {} : undefined) })
                        }
                        {...place}
                        path={under(place.path, key)}
                    />
                    <button type="button" class="link" onClick={() => onValue(changed(values, key, undefined))}>
                        {words.remove}
                    </button>
                </div>
            ))}
            {left.length === 0 && options !== null ? null : (
                <div class="field">
                    <label for={id}>{text(field.label)}</label>
                    <select
                        id={id}
                        value=""
                        onChange={(event) => (add(event.currentTarget.value), (event.currentTarget.value = ""))}
                    >
                        <option value="">+ {words.add}</option>
                        {left.map((one) => (
                            <option key={one.value} value={one.value}>
                                {one.text}
                            </option>
                        ))}
                    </select>
                </div>
            )}
        </div>
    );
}

function Tuple({ field, value, onValue, ...place }: FieldProps & Place): JSX.Element {
    const items = listOf(value);
    const widgets = field.items ?? [];
    const put = (n: number, next: FormValue): void => onValue(widgets.map((_, m) => (m === n ? next : items[m])));
    return (
        <div class="form-row">
            {widgets.map((widget, n) => (
                <Field
                    key={n}
                    field={{ ...widget, name: String(n), label: field.label, required: field.required }}
                    value={items[n]}
                    onValue={(next) => put(n, next)}
                    {...place}
                    path={under(place.path, n)}
                />
            ))}
        </div>
    );
}
