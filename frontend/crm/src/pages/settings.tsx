import type { JSX } from "preact";
import { localeValues } from "@kwiga-orders/client";
import { Block, Facts } from "../parts/block.tsx";
import { SelectField } from "../parts/fields.tsx";
import { Answered } from "../parts/states.tsx";
import { useAsked } from "../state/asking.ts";
import { speak, useSchool } from "../state/school.ts";
import type { Words } from "../words/index.ts";

const names = { uk: "Українська", ru: "Русский", en: "English" } as const;

const roleWords: Readonly<Record<string, keyof Words>> = { owner: "roleOwner", manager: "roleManager", own_orders: "roleOwnOrders", viewer: "roleViewer" };

/** What the school is set to, which payment systems are connected, and the language of these pages. */
export function SettingsPage(): JSX.Element {
  const { words, labels, locale, session } = useSchool();
  const project = useAsked({ query: "project" }, { live: false });
  const gateways = useAsked({ query: "gateways" }, { live: false }).answer ?? [];
  const yesNo = (value: boolean): string => (value ? words.yes : words.no);
  return (
    <section class="settings">
      <header class="toolbar"><h1>{words.settings}</h1></header>
      <Block title={words.language}>
        <SelectField label={words.language} value={locale} options={localeValues.map((value) => ({ value, text: names[value] }))} onValue={(chosen) => void speak(chosen)} />
      </Block>
      <Block title={words.school}>
        <Answered asked={project} lines={6}>
          {(found) => (
            <Facts
              of={[
                [words.zone, found.timezone],
                [labels.of("field", "currency"), found.currency],
                [words.language, names[found.locale]],
                [labels.of("field", "grace"), found.grace === null ? words.none : labels.period(found.grace)],
                [labels.of("field", "remind_before"), found.remind_before === null ? words.none : labels.period(found.remind_before)],
                [labels.of("field", "quiet_hours"), found.quiet_hours === null ? words.none : `${found.quiet_hours.from} – ${found.quiet_hours.until}`],
                [labels.of("field", "grandfather_completed"), yesNo(found.grandfather_completed)],
                [labels.of("field", "keep_opened"), yesNo(found.keep_opened)],
                [labels.of("field", "gateway"), gateways.map((one) => one.name).join(", ") || words.none],
              ]}
            />
          )}
        </Answered>
      </Block>
      <Block title={words.person}>
        <Facts of={[[words.personName, session.name ?? session.id], [words.roles, words[roleWords[session.role ?? "owner"] ?? "roleOwner"]]]} />
      </Block>
    </section>
  );
}
