/** What a field that refers to something can be: the rows of the answer to the question that the contract names. */

import type { FormOptions, FormWidget } from "@kwiga-orders/client";
import { useHost, type Choice } from "./host.ts";
import { isValues, type FormValue, type Values } from "./values.ts";

const mostFound = 8;
const mostListed = 200;

/** How much of what there is can be listed: all of it, a part that is searched, or nothing, so that ids are typed. */
export function useExtent(widget: FormWidget | undefined): "whole" | "part" | "none" {
    const { useAnswer } = useHost();
    const options = widget?.options;
    const answer = useAnswer(options?.typed_unless === undefined ? null : queryOf(options, [], "")) as FormValue;
    if (options === undefined) return "none";
    if (options.typed_unless === undefined) return options.search === undefined ? "whole" : "part";
    if (!isValues(answer)) return "whole";
    return answer[options.typed_unless] === false ? "none" : answer.next === null ? "whole" : "part";
}

/** The choices of a reference: null while they are not known, or if nobody can list them. */
export function useOptions(
    widget: FormWidget | undefined,
    scope: readonly Values[],
    search = "",
): readonly Choice[] | null {
    const { useAnswer, text } = useHost();
    const extent = useExtent(widget);
    const options = widget?.options;
    const query = options === undefined ? null : queryOf(options, scope, search);
    const answer = useAnswer(query) as FormValue;
    if (widget?.choices !== undefined)
        return widget.choices.map(({ value, label }) => ({ value, text: text(label) ?? value }));
    if (options === undefined || extent === "none" || query === null || answer === undefined) return null;
    const found = rowsAt(answer, options.rows).map((row) => choiceOf(row, options, text));
    // the same product stands in several offers
    return [...new Map(found.map((one) => [one.value, one])).values()];
}

/** The question with the values it depends on, looked for in the form and then in those around it; null if one is missing. */
function queryOf(options: FormOptions, scope: readonly Values[], search: string): object | null {
    const query: { [name: string]: FormValue } = { query: options.query };
    for (const [argument, field] of Object.entries(options.with)) {
        const value = scope.map((values) => values[field]).find((one) => one !== undefined && one !== "");
        if (value === undefined) return null;
        query[argument] = value;
    }
    if (options.search === undefined) return query;
    if (search.trim() !== "") return { ...query, [options.search]: search, limit: mostFound };
    // the staff is few: a page may hold all of it
    return options.typed_unless === undefined ? null : { ...query, limit: mostListed };
}

/** The rows at a path of an answer; lists on the way are joined. */
function rowsAt(answer: FormValue, path: string): readonly FormValue[] {
    let rows: readonly FormValue[] = [answer].flat() as readonly FormValue[];
    for (const name of path.split(".").filter((one) => one !== "")) {
        rows = rows.flatMap((row) => [(isValues(row) ? row[name] : undefined) ?? []].flat() as readonly FormValue[]);
    }
    return rows;
}

function choiceOf(row: FormValue, options: FormOptions, text: (key: string) => string | undefined): Choice {
    if (!isValues(row) || options.value === null) return { value: String(row), text: String(row) };
    const value = String(row[options.value]);
    const shown = options.text
        .map((name) => row[name])
        .filter((one) => one !== null && one !== undefined)
        .map(String);
    // what is shown of a payment option is a code, which has a text of its own
    return {
        value,
        text:
            shown.map((one) => text(`${options.query === "offer" ? "payment_option" : ""}.${one}`) ?? one).join(", ") ||
            value,
    };
}
