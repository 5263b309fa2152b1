/** What all fields of a form have in common: where they stand, what they are given, and how they are labelled. */

import type { FormField, Fault } from "@kwiga-orders/client";
import type { ComponentChildren, JSX } from "preact";
import { useId } from "preact/hooks";
import { useText } from "./host.ts";
import type { FormValue, Values } from "./values.ts";

/** Where a field stands: its path on the wire, and the values of the forms around it, the nearest first. */
export interface Place {
    path: string;
    scope: readonly Values[];
    faults: readonly Fault[];
}

/** The path of a field within another one. */
export function under(path: string, name: string | number): string {
    return path === "" ? String(name) : `${path}.${name}`;
}

export interface FieldProps extends Place {
    field: FormField;
    value: FormValue;
    onValue: (value: FormValue) => void;
}

interface LabelledProps extends Place {
    field: FormField;
    wide?: boolean;
    children: (id: string, describedBy: string | undefined) => ComponentChildren;
}

/** A control with its label, a line of help, and what is wrong with it. */
export function Labelled({ field, wide = false, path, faults, children }: LabelledProps): JSX.Element {
    const id = useId();
    const text = useText();
    const wrong = faults.filter((fault) => fault.path === path);
    const says = [...(field.help === undefined ? [] : [text(field.help)]), ...wrong.map((fault) => fault.hint)];
    return (
        <div class={wide ? "field form-wide" : "field"}>
            <label for={id}>
                {text(field.label)}
                {field.required ? <span aria-hidden="true"> *</span> : null}
            </label>
            {children(id, says.length === 0 ? undefined : `${id}-help`)}
            {says.length === 0 ? null : (
                <small id={`${id}-help`} class={wrong.length === 0 ? "hint" : "hint form-wrong"}>
                    {says.join(". ")}
                </small>
            )}
        </div>
    );
}
