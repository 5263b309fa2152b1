import type { Forms } from "@kwiga-orders/client";

/** The forms of all commands, as `kwiga-orders schema --forms` prints them; loaded when the first form is drawn. */
export async function loadForms(): Promise<Forms> {
    return (await import("./forms.json")).default as unknown as Forms;
}
