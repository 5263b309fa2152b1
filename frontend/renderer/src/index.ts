/** Draws any command as a form by what the contract says of it; nothing here knows a command or a field by name. */

export { Form } from "./form.tsx";
export { loadForms } from "./forms.ts";
export { partOf, wholeOf } from "./values.ts";
export type { FormHost, Choice } from "./host.ts";
export type { FormValue, Values } from "./values.ts";
