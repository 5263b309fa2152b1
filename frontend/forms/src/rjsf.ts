/**
 * From a form of the contract to what react-jsonschema-form draws: a schema, and how to show it. It knows the widgets,
 * and no command: what holds for one holds for all.
 */

import type { Form, FormField, FormGroup, FormOptions, FormPart, FormWidget, Forms } from "../../client/src/contract.ts";
import type { RJSFSchema, UiSchema } from "@rjsf/utils";

/** What there is to choose, by the question that has it (`keyOf`). */
export type Choices = ReadonlyMap<string, { const: string; title: string }[]>;

export interface Drawn {
  schema: RJSFSchema;
  ui: UiSchema;
}

/** A group of fields under a title, as the template for objects takes it. */
export interface Group {
  title: string;
  fields: string[];
}

export class Renderer {
  readonly #forms: Forms;
  readonly #labels: Readonly<Record<string, string>>;
  readonly #choices: Choices;

  constructor(forms: Forms, labels: Readonly<Record<string, string>>, choices: Choices) {
    this.#forms = forms;
    this.#labels = labels;
    this.#choices = choices;
  }

  /** Draw the form of a command. */
  drawn(form: Form): Drawn {
    const drawn = this.#groups(form.groups);
    return { ...drawn, schema: { ...drawn.schema, title: this.#say(form.title) } };
  }

  #say(key: string): string {
    return this.#labels[key] ?? key;
  }

  /** Draw an object: its shown fields, what is required of them, and those that depend on another one. */
  #groups(groups: FormGroup[]): Drawn {
    const shown = groups.filter((group) => !group.hidden);
    const fields = shown.flatMap((group) => group.fields);
    const always = fields.filter((field) => field.when === undefined);
    const ui: UiSchema = {
      "ui:order": [...fields.map((field) => field.name), "*"],
      "ui:options": {
        label: false,
        groups: shown.map((group): Group => ({
          title: group.title === null ? "" : this.#say(group.title),
          fields: group.fields.map((field) => field.name),
        })),
      },
    };
    const schema: RJSFSchema = { type: "object", ...this.#properties(always, ui) };
    const conditions = fields.filter((field) => field.when !== undefined);
    // Closed, an object would refuse the fields that only a condition adds.
    if (conditions.length === 0) schema.additionalProperties = false;
    else schema.allOf = conditions.map((field) => this.#condition(field, fields, ui));
    return { schema, ui };
  }

  #properties(fields: FormField[], ui: UiSchema): RJSFSchema {
    const properties: Record<string, RJSFSchema> = {};
    for (const field of fields) {
      const drawn = this.#field(field);
      properties[field.name] = drawn.schema;
      ui[field.name] = drawn.ui;
    }
    return { properties, required: fields.filter((field) => field.required).map((field) => field.name) };
  }

  #condition(field: FormField, fields: FormField[], ui: UiSchema): RJSFSchema {
    const { field: other, is, equals } = field.when!;
    const then = this.#properties([field], ui);
    if (is !== undefined) {
      return { if: { required: [other] }, ...(is === "present" ? { then } : { else: then }) };
    }
    // A field that is unset has its default.
    const unset = fields.find((one) => one.name === other)?.default === equals;
    const required = unset ? [] : [other];
    return { if: { properties: { [other]: { const: equals as string } }, required }, then };
  }

  #field(field: FormField): Drawn {
    const { schema, ui } = this.#widget(field);
    const said: RJSFSchema = { ...schema, title: this.#say(field.label) };
    if (!field.required && said.oneOf !== undefined && said.type === "object") {
      // One of several kinds, or none of them: what is empty is not sent.
      said.oneOf = [NOTHING, ...said.oneOf];
      ui["oneOf"] = [{ "ui:options": { groups: [{ title: "", fields: [] }] } }, ...(ui["oneOf"] as UiSchema[])];
    }
    if (field.help !== undefined) ui["ui:help"] = this.#say(field.help);
    if (field.default !== undefined && schema.type !== "array") said.default = field.default as string;
    return { schema: said, ui };
  }

  #widget(widget: FormWidget): Drawn {
    switch (widget.widget) {
      case "switch":
        return { schema: { type: "boolean" }, ui: {} };
      case "number":
        return { schema: { type: "integer", ...limits(widget) }, ui: {} };
      case "choice":
        return { schema: { type: "string", oneOf: this.#values(widget) }, ui: {} };
      case "reference":
        return { schema: { type: "string", ...this.#options(widget.options) }, ui: {} };
      case "list":
        return this.#list(widget.item!);
      case "map":
        return this.#map(widget.item!);
      case "tuple":
        return { schema: { type: "array", items: widget.items!.map((one) => this.#widget(one).schema) }, ui: {} };
      case "part":
        return this.#part(this.#forms.parts[widget.part!]!);
      case "json":
      case "long_text":
        return { schema: { type: "string" }, ui: { "ui:widget": "textarea" } };
      default:
        return { schema: { type: "string", ...limits(widget) }, ui: { "ui:placeholder": EXAMPLES[widget.widget] ?? "" } };
    }
  }

  #values(widget: FormWidget): { const: string; title: string }[] {
    return (widget.choices ?? []).map((one) => ({ const: one.value, title: this.#say(one.label) }));
  }

  #options(options: FormOptions | undefined): RJSFSchema {
    const choices = options === undefined ? undefined : this.#choices.get(keyOf(options));
    // What cannot be listed, or has not been asked yet, is typed in.
    return choices === undefined || choices.length === 0 ? {} : { oneOf: choices };
  }

  #list(item: FormWidget): Drawn {
    const inner = this.#widget(item);
    return { schema: { type: "array", items: inner.schema }, ui: { items: inner.ui } };
  }

  #map(item: FormWidget): Drawn {
    const inner = this.#widget(item);
    return { schema: { type: "object", additionalProperties: inner.schema }, ui: { additionalProperties: inner.ui } };
  }

  /** Draw a part: an object, or the choice of a kind with the fields of each. */
  #part(part: FormPart): Drawn {
    if (part.kinds === undefined) return this.#groups(part.groups ?? []);
    const kinds = part.kinds.map((kind) => {
      const { schema, ui } = this.#groups(kind.groups);
      const tagged: RJSFSchema = { ...schema, title: this.#say(kind.label) };
      if (kind.tag !== null) {
        tagged.properties = { [kind.tag]: { type: "string", enum: [kind.value], default: kind.value }, ...tagged.properties };
        tagged.required = [kind.tag, ...(tagged.required ?? [])];
        ui[kind.tag] = { "ui:widget": "hidden" };
      }
      return { schema: tagged, ui };
    });
    return { schema: { type: "object", oneOf: kinds.map((kind) => kind.schema) }, ui: { oneOf: kinds.map((kind) => kind.ui) } };
  }
}

const NOTHING: RJSFSchema = { title: "—", type: "object", maxProperties: 0 };

const EXAMPLES: Readonly<Record<string, string>> = {
  amount: "1000.00",
  chosen_time: "2026-12-31",
  currency: "UAH",
  instant: "2026-12-31T18:00:00+02:00",
  percent: "12.5",
  time: "09:00",
};

function limits(widget: FormWidget): RJSFSchema {
  const { minimum, maximum, minLength, maxLength } = widget;
  return JSON.parse(JSON.stringify({ minimum, maximum, minLength, maxLength })) as RJSFSchema;
}

/** Name a question that has options: what it asks, and where they stand in its answer. */
export function keyOf(options: FormOptions): string {
  return `${options.query}:${options.rows}`;
}

/** List every question of a form that needs nothing from the form itself. */
export function questionsOf(node: unknown, forms: Forms, found = new Map<string, FormOptions>()): Map<string, FormOptions> {
  if (typeof node !== "object" || node === null) return found;
  const { options, part } = node as { options?: FormOptions; part?: string };
  if (options !== undefined && Object.keys(options.with).length === 0) found.set(keyOf(options), options);
  if (part !== undefined) questionsOf(forms.parts[part], forms, found);
  for (const inner of Object.values(node)) questionsOf(inner, forms, found);
  return found;
}

/** Take the rows out of an answer: `rows` is a path, and lists on the way are joined. */
export function choicesIn(answer: unknown, options: FormOptions): { const: string; title: string }[] {
  let rows: unknown[] = [answer].flat();
  for (const step of options.rows.split(".").filter(Boolean)) {
    rows = rows.flatMap((row) => (row as Record<string, unknown>)[step]);
  }
  const found = new Map<string, string>();
  for (const row of rows) {
    const fields = row as Record<string, unknown>;
    const value = String(options.value === null ? row : fields[options.value]);
    const said = options.text.map((field) => fields[field]).filter((one) => one !== null && one !== undefined);
    if (!found.has(value)) found.set(value, said.join(", ") || value);
  }
  return [...found].map(([value, title]) => ({ const: value, title }));
}

/** Take away what was left empty: a field that is not sent has its default, or stays as it is. */
export function filled(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(filled);
  if (typeof value !== "object" || value === null) return value;
  const fields = Object.entries(value).map(([name, inner]) => [name, filled(inner)] as const);
  const said = fields.filter(([, inner]) => inner !== undefined);
  return said.length === 0 ? undefined : Object.fromEntries(said);
}
