/** Fields of one value: texts, amounts, days and times, numbers, switches, choices. */

import { typedAmount, type FormWidget } from "@kwiga-orders/client";
import type { JSX } from "preact";
import { useState } from "preact/hooks";
import { Labelled, type FieldProps } from "./field.tsx";
import { useText } from "./host.ts";
import type { FormValue } from "./values.ts";

export function Scalar(props: FieldProps): JSX.Element {
    const { field, value, onValue } = props;
    const text = useText();
    if (field.widget === "switch") {
        const isOn = (value ?? field.default ?? false) === true;
        return (
            <div class="field form-switch">
                <label class="check">
                    <input type="checkbox" checked={isOn} onChange={(event) => onValue(event.currentTarget.checked)} />{" "}
                    {text(field.label)}
                </label>
                {field.help === undefined ? null : <small class="hint">{text(field.help)}</small>}
            </div>
        );
    }
    return (
        <Labelled {...props} wide={field.widget === "long_text" || field.widget === "json"}>
            {(id, describedBy) => (
                <Control
                    id={id}
                    widget={field}
                    label={text(field.label)}
                    value={value}
                    onValue={onValue}
                    required={field.required}
                    unset={field.default}
                    describedBy={describedBy}
                />
            )}
        </Labelled>
    );
}

interface ControlProps {
    id: string;
    widget: FormWidget;
    value: FormValue;
    onValue: (value: FormValue) => void;
    required?: boolean;
    /** What counts while nothing is entered. */
    unset?: unknown;
    label?: string;
    describedBy?: string | undefined;
}

/** The control of a value of one kind, without its label. */
export function Control({
    id,
    widget,
    value,
    onValue,
    required = false,
    unset,
    label,
    describedBy,
}: ControlProps): JSX.Element {
    const text = useText();
    const usual = { id, required, "aria-describedby": describedBy };
    switch (widget.widget) {
        case "choice":
            return (
                <select
                    {...usual}
                    value={String(value ?? unset ?? "")}
                    onChange={(event) => onValue(event.currentTarget.value || undefined)}
                >
                    {unset === undefined ? <option value="">–</option> : null}
                    {widget.choices?.map((one) => (
                        <option key={one.value} value={one.value}>
                            {text(one.label)}
                        </option>
                    ))}
                </select>
            );
        case "long_text":
            return (
                <textarea
                    {...usual}
                    rows={2}
                    maxLength={widget.maxLength}
                    value={String(value ?? "")}
                    onInput={(event) => onValue(event.currentTarget.value || undefined)}
                />
            );
        case "chosen_time":
            return <ChosenTime {...usual} label={label ?? ""} value={String(value ?? "")} onValue={onValue} />;
        case "amount":
        case "percent":
            return <Typed {...usual} value={String(value ?? "")} onValue={onValue} read={typedAmount} mode="decimal" />;
        case "json":
            return (
                <Typed
                    {...usual}
                    value={value === undefined ? "" : JSON.stringify(value)}
                    onValue={onValue}
                    read={parsed}
                    mode="text"
                />
            );
        case "currency":
            return (
                <Typed
                    {...usual}
                    value={String(value ?? "")}
                    onValue={onValue}
                    read={(typed) => typed.toUpperCase()}
                    mode="text"
                />
            );
        case "number": {
            const read = (typed: string): FormValue => (typed === "" ? undefined : Number(typed));
            return (
                <input
                    {...usual}
                    type="number"
                    min={widget.minimum}
                    max={widget.maximum}
                    value={value === undefined || value === null ? String(unset ?? "") : String(value)}
                    onInput={(event) => onValue(read(event.currentTarget.value))}
                />
            );
        }
        default: {
            // the types of the platform know each type of input apart, and not a choice of several
            const kind = { type: widget.widget === "time" ? "time" : "text" } as { type: "text" };
            return (
                <input
                    {...usual}
                    {...kind}
                    maxLength={widget.maxLength}
                    value={String(value ?? "")}
                    onInput={(event) => onValue(event.currentTarget.value || undefined)}
                />
            );
        }
    }
}

function parsed(typed: string): FormValue {
    try {
        return JSON.parse(typed) as FormValue;
    } catch {
        return null;
    }
}

interface TypedProps {
    id: string;
    required: boolean;
    value: string;
    onValue: (value: FormValue) => void;
    /** The value of what is typed; null if it is none. */
    read: (typed: string) => FormValue;
    mode: "decimal" | "text";
}

/** A text that people write in their own way: what they typed stays as it is, what is sent is its value. */
function Typed({ value, onValue, read, mode, ...usual }: TypedProps): JSX.Element {
    const [typed, setTyped] = useState(value);
    const change = (next: string): void => {
        setTyped(next);
        // what cannot be read is sent as it is: the service says what is wrong with it
        onValue(next === "" ? undefined : (read(next) ?? next));
    };
    const shown = read(typed) === value || typed === value ? typed : value;
    return (
        <input
            {...usual}
            type="text"
            inputMode={mode}
            value={shown}
            onInput={(event) => change(event.currentTarget.value)}
        />
    );
}

/** A day, and a time of it for who wants one: a day alone is a day on the wire, too (T5). */
function ChosenTime({
    value,
    onValue,
    id,
    label,
    ...usual
}: Omit<TypedProps, "read" | "mode"> & { label: string }): JSX.Element {
    const [day = "", time = ""] = value.slice(0, 16).split("T");
    const join = (nextDay: string, nextTime: string): void =>
        onValue(nextDay === "" ? undefined : nextTime === "" ? nextDay : `${nextDay}T${nextTime}`);
    return (
        <span class="form-row">
            <input
                {...usual}
                id={id}
                type="date"
                value={day}
                onInput={(event) => join(event.currentTarget.value, time)}
            />
            <input
                type="time"
                aria-label={label}
                disabled={day === ""}
                value={time}
                onInput={(event) => join(day, event.currentTarget.value)}
            />
        </span>
    );
}
