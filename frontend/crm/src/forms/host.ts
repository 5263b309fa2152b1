/** What the forms of the contract need of these pages: texts and answers. */

import type { Forms, QueryName, QueryOf } from "@kwiga-orders/client";
import { loadForms, type FormHost } from "@kwiga-orders/renderer";
import { useEffect, useState } from "preact/hooks";
import { useAsked } from "../state/asking.ts";
import { useSchool } from "../state/school.ts";

/** The host of a form; null until the forms are loaded. */
export function useFormHost(): FormHost | null {
    const { words, labels } = useSchool();
    const [forms, setForms] = useState<Forms | null>(null);
    useEffect(() => void loadForms().then(setForms), []);
    if (forms === null) return null;
    return {
        forms,
        text: (key) => labels.texts.labels[key],
        words,
        useAnswer: (query) =>
            useAsked(query as (QueryOf<QueryName> & { query: QueryName }) | null, { live: false }).answer,
    };
}
