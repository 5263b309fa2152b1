/** What is typed into a form: JSON as the wire takes it, where what was left alone is not there. */

import type { FormField, FormGroup, FormPart, Forms } from "@kwiga-orders/client";

export type FormValue = string | number | boolean | null | undefined | readonly FormValue[] | Values;

export interface Values {
    readonly [name: string]: FormValue;
}

export function isValues(value: FormValue): value is Values {
    return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** The value as a form's values; of anything else none. */
export function valuesOf(value: FormValue): Values {
    return isValues(value) ? value : {};
}

/** The value as a list; of anything else an empty one. */
export function listOf(value: FormValue): readonly FormValue[] {
    return Array.isArray(value) ? value : [];
}

/** The values with one of them changed; undefined takes it out. */
export function changed(values: Values, name: string, value: FormValue): Values {
    const { [name]: _, ...others } = values;
    return value === undefined ? others : { ...others, [name]: value };
}

/** Whether a field is shown: its condition is about another field of the same form, which unset has its default. */
export function isShown({ when }: FormField, fields: readonly FormField[], values: Values): boolean {
    if (when === undefined) return true;
    const value = values[when.field];
    if (when.is !== undefined) return (value === undefined || value === null) === (when.is === "absent");
    const unset = fields.find((one) => one.name === when.field)?.default;
    // a switch that nobody touched is off
    return (value ?? unset ?? false) === when.equals;
}

export function fieldsOf(groups: readonly FormGroup[]): FormField[] {
    return groups.flatMap((group) => group.fields);
}

/** The kind that a value of several kinds is of. */
export function kindOf(part: FormPart, value: FormValue): NonNullable<FormPart["kinds"]>[number] | undefined {
    const values = valuesOf(value);
    return part.kinds?.find(({ tag, value: name }) => (tag === null ? name in values : values[tag] === name));
}

/** The values of a form without those of fields that are hidden now: what was typed before they were is not sent. */
export function wholeOf(forms: Forms, groups: readonly FormGroup[], values: Values): Values {
    const fields = fieldsOf(groups);
    const shown = fields.filter((field) => isShown(field, fields, values));
    const kept = shown.map((field) => [field.name, inside(forms, field, values[field.name])] as const);
    return Object.fromEntries(kept.filter(([, value]) => value !== undefined));
}

function inside(forms: Forms, widget: Pick<FormField, "widget" | "part" | "item">, value: FormValue): FormValue {
    const { item } = widget;
    if (value === undefined || value === null) return value;
    if (widget.widget === "list" && item !== undefined) return listOf(value).map((one) => inside(forms, item, one));
    if (widget.widget === "map" && item !== undefined) {
        return Object.fromEntries(Object.entries(valuesOf(value)).map(([key, one]) => [key, inside(forms, item, one)]));
    }
    if (widget.widget !== "part") return value;
    const part = forms.parts[widget.part ?? ""];
    const kind = part === undefined ? undefined : kindOf(part, value);
    const tagged = kind?.tag ? { [kind.tag]: kind.value } : {};
    const groups = kind?.groups ?? part?.groups;
    return groups === undefined ? undefined : { ...tagged, ...wholeOf(forms, groups, valuesOf(value)) };
}

/** Some fields of a form as a form of its own, group by group. */
export function partOf(groups: readonly FormGroup[], names: readonly string[]): FormGroup[] {
    return groups
        .map((group) => ({ ...group, fields: group.fields.filter((field) => names.includes(field.name)) }))
        .filter((group) => group.fields.length > 0);
}
