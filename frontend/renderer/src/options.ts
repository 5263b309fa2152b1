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
    const answer = useAnswer(options?.typed_unless === undefined ? null : searchedFor({ query: options.query }, options, "")) as FormValue;
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
    const asked = useQuestion(widget?.options, scope, search);
    const answer = useAnswer(asked?.query ?? null) as FormValue;
    if (widget?.choices !== undefined)
        return widget.choices.map(({ value, label }) => ({ value, text: text(label) ?? value }));
    if (asked === null || extent === "none" || answer === undefined) return null;
    const { options } = asked;
    const rows = ([answer].flat() as readonly FormValue[]).filter((row) => isWanted(row, options, scope));
    const found = rowsAt(rows, options.rows).map((row) => choiceOf(row, options, text));
    // the same product stands in several offers
    return [...new Map(found.map((one) => [one.value, one])).values()];
}

/** The first of the options of a field whose arguments all have values, with its question; null if there is none. */
function useQuestion(
    options: FormOptions | undefined,
    scope: readonly Values[],
    search: string,
): { options: FormOptions; query: object } | null {
    const { useAnswer } = useHost();
    const values: { [argument: string]: FormValue } = {};
    // what a field has by way of options never changes, so hooks are called in the same order each time
    for (const [argument, source] of Object.entries(options?.with ?? {})) {
        if (typeof source === "string") values[argument] = valueAround(source, scope);
        else values[argument] = firstOf(useAnswer(argumentsOf(source.query, source.with, scope)) as FormValue, source.value);
    }
    const otherwise = options?.otherwise === undefined ? null : useQuestion(options.otherwise, scope, search);
    if (options === undefined) return null;
    const isWhole = Object.values(values).every((value) => value !== undefined);
    const query = isWhole ? searchedFor({ query: options.query, ...values }, options, search) : null;
    return query === null ? otherwise : { options, query };
}

/** A question with the values of fields; null if one of them is not set. */
function argumentsOf(query: string, fields: { [argument: string]: string }, scope: readonly Values[]): object | null {
    const values = Object.entries(fields).map(([argument, field]) => [argument, valueAround(field, scope)] as const);
    return values.some(([, value]) => value === undefined) ? null : { query, ...Object.fromEntries(values) };
}

/** The value of a field of the form or, if it has none of that name, of those around it; undefined if it is not set. */
function valueAround(field: string, scope: readonly Values[]): FormValue {
    return scope.map((values) => values[field]).find((one) => one !== undefined && one !== "");
}

/** A field of an answer, or of its first row. */
function firstOf(answer: FormValue, field: string): FormValue {
    const [row] = [answer].flat() as readonly FormValue[];
    return isValues(row) ? (row[field] ?? undefined) : undefined;
}

/** The question of a search, or of a page without one; null if there is too much to be listed without a search. */
function searchedFor(query: object, options: FormOptions, search: string): object | null {
    if (options.search === undefined) return query;
    if (search.trim() !== "") return { ...query, [options.search]: search, limit: mostFound };
    // the staff is few: a page may hold all of it
    return options.typed_unless === undefined ? null : { ...query, limit: mostListed };
}

function isWanted(row: FormValue, options: FormOptions, scope: readonly Values[]): boolean {
    return Object.entries(options.where ?? {}).every(([name, field]) => {
        const wanted = valueAround(field, scope);
        return wanted === undefined || (isValues(row) && [wanted].flat().includes(row[name] as string));
    });
}

/** The rows at a path of an answer; lists on the way are joined. */
function rowsAt(answer: readonly FormValue[], path: string): readonly FormValue[] {
    let rows = answer;
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
