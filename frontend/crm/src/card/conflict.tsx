/** Saving what was decided by looking at a version, and what to do when that is not the stored one any more (K2). */

import type { JSX } from "preact";
import { useState } from "preact/hooks";
import { settled, type Command, type OrderView, type ProblemError } from "@kwiga-orders/client";
import { useAsked } from "../state/asking.ts";
import { reasonOf, say } from "../state/doing.ts";
import { caughtUp } from "../state/live.ts";
import { useSchool } from "../state/school.ts";
import { filled } from "../words/index.ts";

export interface Saving {
  conflict: ProblemError | null;
  save: (command: Command) => Promise<void>;
}

/** Save a command; `onDone` is called once it is stored. A conflict is kept to be shown, any other refusal is said. */
export function useSaving(onDone: () => void): Saving {
  const { client, labels } = useSchool();
  const [conflict, setConflict] = useState<ProblemError | null>(null);
  const save = async (command: Command): Promise<void> => {
    const outcome = await settled(client.execute({ ...command, idempotency_key: crypto.randomUUID() }));
    if (outcome.ok) {
      say(labels.of("command", command.command), "done");
      await caughtUp();
      return onDone();
    }
    if (outcome.problem.code.endsWith(".conflict")) return setConflict(outcome.problem);
    say(reasonOf(outcome.problem), "refused");
  };
  return { conflict, save };
}

interface ConflictProps {
  base: OrderView;
  fields: readonly { name: string; yours: string; theirs: (order: OrderView) => string }[];
  onKeep: (version: number) => void;
  onTake: () => void;
}

/** Both versions, field by field, and the two ways out. */
export function ConflictView({ base, fields, onKeep, onTake }: ConflictProps): JSX.Element {
  const { words, labels } = useSchool();
  const stored = useAsked({ query: "order", order: base.id }).answer ?? base;
  return (
    <div class="conflict" role="alert">
      <h3>{words.conflict}</h3>
      <p>{filled(words.conflictText, { yours: base.version, theirs: stored.version })}</p>
      <table>
        <thead>
          <tr>
            <td />
            <th scope="col">{words.yours}</th>
            <th scope="col">{words.theirs}</th>
          </tr>
        </thead>
        <tbody>
          {fields.map(({ name, yours, theirs }) => (
            <tr key={name} class={yours === theirs(stored) ? "" : "differs"}>
              <th scope="row">{labels.of("field", name)}</th>
              <td>{yours || "–"}</td>
              <td>{theirs(stored) || "–"}</td>
            </tr>
          ))}
        </tbody>
      </table>
      <div class="actions">
        <button type="button" class="button primary" onClick={() => onKeep(stored.version)}>
          {words.keepYours}
        </button>
        <button type="button" class="button" onClick={onTake}>
          {words.takeTheirs}
        </button>
      </div>
    </div>
  );
}
