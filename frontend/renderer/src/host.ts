/** What a form needs of the page that it stands on. */

import type { Forms } from "@kwiga-orders/client";
import { createContext } from "preact";
import { useContext } from "preact/hooks";

/** Something that can be chosen. */
export interface Choice {
    readonly value: string;
    readonly text: string;
}

export interface FormHost {
    readonly forms: Forms;
    /** The text of a key of `texts(locale)`; undefined if there is none. */
    readonly text: (key: string) => string | undefined;
    /** The form's own few words. */
    readonly words: {
        readonly add: string;
        readonly remove: string;
        readonly search: string;
        readonly yes: string;
        readonly no: string;
    };
    /** The answer to a question, undefined until it is there; called at each drawing, as hooks are. */
    readonly useAnswer: (query: object | null) => unknown;
}

const context = createContext<FormHost | null>(null);
export const HostProvider = context.Provider;

export function useHost(): FormHost {
    const host = useContext(context);
    if (host === null) throw new Error("a field outside of a form");
    return host;
}

/** The text of a key; without one the last part of the key, so that nothing is ever blank. */
export function useText(): (key: string) => string {
    const { text } = useHost();
    return (key) => text(key) ?? key.split(".").at(-1) ?? key;
}
