import type { FormField, FormGroup, Fault } from "@kwiga-orders/client";
import type { JSX } from "preact";
import { HostProvider, useText, type FormHost } from "./host.ts";
import { Compound } from "./compound.tsx";
import { under, type FieldProps, type Place } from "./field.tsx";
import { Reference } from "./reference.tsx";
import { Scalar } from "./scalar.tsx";
import { changed, fieldsOf, isShown, type Values } from "./values.ts";

interface FormProps {
    host: FormHost;
    groups: readonly FormGroup[];
    values: Values;
    onValues: (values: Values) => void;
    /** What the service says is wrong, each with its path. */
    faults?: readonly Fault[];
}

/** A form of the contract: its groups, or some of them. */
export function Form({ host, groups, values, onValues, faults = [] }: FormProps): JSX.Element {
    return (
        <HostProvider value={host}>
            <Groups groups={groups} values={values} onValues={onValues} scope={[values]} path="" faults={faults} />
        </HostProvider>
    );
}

interface GroupsProps extends Place {
    groups: readonly FormGroup[];
    values: Values;
    onValues: (values: Values) => void;
}

export function Groups({ groups, values, onValues, ...place }: GroupsProps): JSX.Element {
    const text = useText();
    const fields = fieldsOf(groups);
    const draw = (field: FormField): JSX.Element => (
        <Field
            key={field.name}
            field={field}
            value={values[field.name]}
            onValue={(value) => onValues(changed(values, field.name, value))}
            {...place}
            path={under(place.path, field.name)}
        />
    );
    return (
        <>
            {groups
                .filter((group) => group.hidden !== true)
                .map((group, n) => {
                    const shown = group.fields.filter((field) => isShown(field, fields, values));
                    if (shown.length === 0) return null;
                    if (group.title === null)
                        return (
                            <div key={n} class="form-grid">
                                {shown.map(draw)}
                            </div>
                        );
                    return (
                        <fieldset key={n} class="form-group">
                            <legend>{text(group.title)}</legend>
                            <div class="form-grid">{shown.map(draw)}</div>
                        </fieldset>
                    );
                })}
        </>
    );
}

const compound: ReadonlySet<string> = new Set(["part", "list", "map", "tuple"]);

/** One field by what it is entered with. */
export function Field(props: FieldProps): JSX.Element {
    const { widget } = props.field;
    if (widget === "reference") return <Reference {...props} />;
    return compound.has(widget) ? <Compound {...props} /> : <Scalar {...props} />;
}
