/** Many orders at once: a command without its order, for all that the filter finds; previewed first (V10). */

import type { JSX } from "preact";
import { useState } from "preact/hooks";
import { settled, type FunnelView, type OrderFilter, type ForEach, type PreviewView, type ProblemError } from "@kwiga-orders/client";
import { Dialog } from "../parts/dialog.tsx";
import { SelectField, TextField, type Option } from "../parts/fields.tsx";
import { useAsked } from "../state/asking.ts";
import { reasonOf, say } from "../state/doing.ts";
import { caughtUp } from "../state/live.ts";
import { useSchool } from "../state/school.ts";
import { usePeople } from "../state/people.ts";
import { filled } from "../words/index.ts";

type Each = ForEach["each"];
const mostNamed = 12;
type EachName =
  | "extend_access"
  | "freeze_access"
  | "unfreeze_access"
  | "set_access_end"
  | "edit_order"
  | "move_order"
  | "cancel_order"
  | "remind"
  | "add_note";
const names: readonly EachName[] = [
  "extend_access",
  "freeze_access",
  "unfreeze_access",
  "set_access_end",
  "edit_order",
  "move_order",
  "cancel_order",
  "remind",
  "add_note",
];

/** The command with what was typed; null while something is missing. */
function eachOf(name: EachName, typed: string): Each | null {
  const days = Number(typed);
  switch (name) {
    case "extend_access":
      return days > 0 ? { command: name, by: { days } } : null;
    case "freeze_access":
      return days > 0 ? { command: name, for: { days } } : null;
    case "set_access_end":
      return { command: name, at: typed === "" ? null : typed };
    case "edit_order":
      return typed === "" ? null : { command: name, manager: typed };
    case "move_order":
      return typed === "" ? null : { command: name, status: typed };
    case "add_note":
      return typed === "" ? null : { command: name, text: typed };
    case "unfreeze_access":
    case "cancel_order":
    case "remind":
      return { command: name };
  }
}

export function ForEachDialog({ filter, onClose }: { filter: OrderFilter; onClose: () => void }): JSX.Element {
  const { words, labels, client } = useSchool();
  const [name, setName] = useState<EachName>("extend_access");
  const [typed, setTyped] = useState("14");
  const [preview, setPreview] = useState<PreviewView | null>(null);
  const [problem, setProblem] = useState<ProblemError | null>(null);
  const each = eachOf(name, typed);
  const change = (next: EachName, text: string): void => (
    setName(next),
    setTyped(text),
    setPreview(null),
    setProblem(null)
  );

  const look = async (): Promise<void> => {
    if (each === null) return;
    const outcome = await settled(client.preview({ command: "for_each", filter, each }));
    setPreview(outcome.ok ? outcome.value : null);
    setProblem(outcome.ok ? null : outcome.problem);
  };
  const run = async (): Promise<void> => {
    if (each === null) return;
    // one name for all its steps: cut off, the job goes on where it was
    const job = crypto.randomUUID();
    for (let left = 1; left > 0;) {
      const step = await settled(client.execute({ command: "for_each", filter, each, job }));
      if (!step.ok) return setProblem(step.problem);
      const { done, refused } = step.value;
      left = step.value.left ?? 0;
      const count = Object.values(refused).reduce((sum, one) => sum + one, 0);
      if (left === 0) say(filled(words.job, { done: done ?? 0, refused: count }), "done");
    }
    await caughtUp();
    onClose();
  };
  return (
    <Dialog title={words.withSelected} onClose={onClose}>
      <form class="stack" onSubmit={(event) => (event.preventDefault(), void (preview === null ? look() : run()))}>
        <SelectField
          label={labels.of("field", "command")}
          value={name}
          options={names.map((value) => ({ value, text: labels.of("command", value) }))}
          onValue={(next) => change(next, usualOf(next))}
        />
        <Typed name={name} value={typed} onValue={(text) => change(name, text)} />
        {preview === null ? null : <Preview preview={preview} />}
        {problem === null ? null : (
          <p class="failed" role="alert">
            {reasonOf(problem)}
          </p>
        )}
        <button class="button primary" disabled={each === null}>
          {preview === null ? words.preview : labels.of("command", name)}
        </button>
      </form>
    </Dialog>
  );
}

/** Statuses that orders can be moved to, each once: funnels share the ids of some. */
function statusesOf(funnels: readonly FunnelView[]): Option<string>[] {
  const open = funnels.flatMap((funnel) => funnel.statuses.filter((one) => !one.archived));
  return [...new Map(open.map((one) => [one.id, { value: one.id, text: one.name }])).values()];
}

function usualOf(name: EachName): string {
  return name === "extend_access" || name === "freeze_access" ? "14" : "";
}

function Typed({
  name,
  value,
  onValue,
}: {
  name: EachName;
  value: string;
  onValue: (value: string) => void;
}): JSX.Element {
  const { words, labels } = useSchool();
  const people = usePeople();
  const funnels = useAsked({ query: "funnels" }, { live: false }).answer ?? [];
  switch (name) {
    case "extend_access":
    case "freeze_access":
      return <TextField type="number" label={labels.of("field", "days")} value={value} onValue={onValue} />;
    case "set_access_end":
      return <TextField type="date" label={words.until} value={value} onValue={onValue} hint={words.forever} />;
    case "edit_order":
      return (
        <SelectField
          label={labels.of("field", "manager")}
          value={value}
          options={[{ value: "", text: words.choose }, ...people]}
          onValue={onValue}
        />
      );
    case "move_order":
      return (
        <SelectField
          label={labels.of("field", "status")}
          value={value}
          options={[{ value: "", text: words.choose }, ...statusesOf(funnels)]}
          onValue={onValue}
        />
      );
    case "add_note":
      return <TextField label={labels.of("field", "text")} value={value} onValue={onValue} />;
    default:
      return <></>;
  }
}

function Preview({ preview }: { preview: PreviewView }): JSX.Element {
  const { words, labels } = useSchool();
  const refused = preview.orders.filter((one) => one.code !== null);
  const count = preview.orders.length - refused.length + preview.left;
  return (
    <div class="preview" role="status">
      <strong>{filled(words.confirmFor, { count })}</strong>
      {refused.length === 0 ? null : <p>{filled(words.refusedFor, { count: refused.length })}</p>}
      {/* many are refused for the same reason: it is said once */}
      <ul>
        {[...new Set(refused.map((one) => one.code ?? ""))].map((code) => {
          const those = refused.filter((one) => one.code === code).map((one) => `№ ${one.number}`);
          const more = those.length > mostNamed ? "…" : "";
          return (
            <li key={code}>
              {labels.of("error", code)}: <span class="muted">{those.slice(0, mostNamed).join(", ") + more}</span>
            </li>
          );
        })}
      </ul>
    </div>
  );
}
