/** A page with one form: that of the command in the address, `#/create_order/uk`, drawn by react-jsonschema-form. */

import Form from "@rjsf/core";
import type { IconButtonProps, ObjectFieldTemplateProps } from "@rjsf/utils";
import { useEffect, useState, type ReactNode } from "react";
import { createRoot } from "react-dom/client";
import { Client, sessionOf } from "../../client/src/client.ts";
import type { Command, CommandName, Forms, Locale, QueryName, QueryOf } from "../../client/src/contract.ts";
import made from "../made/forms.json" with { type: "json" };
import validator from "./validator.ts";
import { choicesIn, filled, questionsOf, Renderer, type Choices, type Drawn, type Group } from "./rjsf.ts";

const forms = made as unknown as Forms;

/** Show the fields of an object in the groups of its form. */
function Groups({ properties, uiSchema, title }: ObjectFieldTemplateProps): ReactNode {
  const groups = (uiSchema?.["ui:options"]?.["groups"] as Group[] | undefined) ?? [];
  const placed = new Set(groups.flatMap((group) => group.fields));
  const rest = properties.filter((one) => !placed.has(one.name));
  return (
    <div className="object">
      {groups.length === 0 && title ? <p className="title">{title}</p> : null}
      {groups.map((group) => {
        const shown = properties.filter((one) => group.fields.includes(one.name));
        if (shown.length === 0) return null;
        return (
          <fieldset key={group.title} className={group.title ? "group" : "plain"}>
            {group.title ? <legend>{group.title}</legend> : null}
            {shown.map((one) => one.content)}
          </fieldset>
        );
      })}
      {rest.map((one) => one.content)}
    </div>
  );
}

/** Make a button with a sign: the ones that come along show pictures of a font that is not here. */
function button(sign: string): (props: IconButtonProps) => ReactNode {
  return function SignButton({ icon: _icon, iconType: _type, uiSchema: _ui, registry: _registry, ...rest }: IconButtonProps) {
    return (
      <button type="button" {...rest} className="sign">
        {sign}
      </button>
    );
  };
}

const ButtonTemplates = {
  AddButton: button("+"),
  CopyButton: button("⧉"),
  MoveDownButton: button("↓"),
  MoveUpButton: button("↑"),
  RemoveButton: button("×"),
};

function Page({ client, command, locale }: { client: Client; command: CommandName; locale: Locale }): ReactNode {
  const [drawn, setDrawn] = useState<Drawn & { title: string }>();
  const [data, setData] = useState<object>({});
  const [said, setSaid] = useState("");
  useEffect(() => {
    void draw(client, command, locale).then(setDrawn);
  }, [client, command, locale]);
  if (drawn === undefined) return null;
  const execute = async (fields: object): Promise<void> => {
    try {
      const receipt = await client.execute({ ...(filled(fields) as object), command } as Command);
      setSaid(receipt.events.join(", "));
    } catch (problem) {
      setSaid(String(problem));
    }
  };
  return (
    <main>
      <h1>{drawn.title}</h1>
      <Form
        schema={drawn.schema}
        uiSchema={{ ...drawn.ui, "ui:submitButtonOptions": { submitText: drawn.title } }}
        formData={data}
        validator={validator}
        templates={{ ObjectFieldTemplate: Groups, ButtonTemplates }}
        omitExtraData
        liveOmit
        noHtml5Validate
        showErrorList={false}
        experimental_defaultFormStateBehavior={{ emptyObjectFields: "populateRequiredDefaults", arrayMinItems: { populate: "never" }, constAsDefaults: "never" }}
        onChange={(changed) => setData((changed.formData ?? {}) as object)}
        onError={(faults) => setSaid(faults.map((fault) => fault.stack).join("; "))}
        onSubmit={(sent) => void execute((sent.formData ?? {}) as object)}
      />
      <p role="status">{said}</p>
    </main>
  );
}

async function draw(client: Client, command: CommandName, locale: Locale): Promise<Drawn & { title: string }> {
  const form = forms.commands[command];
  const texts = await client.ask({ query: "texts", locale });
  const questions = [...questionsOf(form, forms)];
  const answers = await Promise.all(
    questions.map(async ([key, options]) => {
      const answer = await client.ask({ query: options.query } as QueryOf<QueryName> & { query: QueryName });
      return [key, choicesIn(answer, options)] as const;
    }),
  );
  const choices: Choices = new Map(answers);
  const title = texts.labels[form.title] ?? form.title;
  return { ...new Renderer(forms, texts.labels, choices).drawn(form), title };
}

const [, command = "create_order", locale = "uk", token = ""] = location.hash.split("/");
const secret = { address: "", token: decodeURIComponent(token) };
const session = await sessionOf(secret);
const client = new Client({ ...secret, project: session.project });
document.documentElement.lang = locale;
createRoot(document.getElementById("page")!).render(
  <Page client={client} command={command as CommandName} locale={locale as Locale} />,
);
