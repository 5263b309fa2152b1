import type { JSX } from "preact";
import { useState } from "preact/hooks";
import { mayDo } from "../parts/action.tsx";
import { Block } from "../parts/block.tsx";
import { LongField } from "../parts/fields.tsx";
import { When } from "../parts/values.tsx";
import { perform } from "../state/doing.ts";
import { useSchool } from "../state/school.ts";
import type { BlockProps } from "./block.ts";
import { Actor } from "./actor.tsx";

/** Notes of the team: who, when, text; never changed (O14). */
export function Notes({ order, actions }: BlockProps): JSX.Element {
  const { words, labels } = useSchool();
  const [text, setText] = useState("");
  const add = async (): Promise<void> => {
    // emptied at once: what is typed next must not be lost when this one is stored
    setText("");
    if (!(await perform({ command: "add_note", order: order.id, text })).ok) setText(text);
  };
  return (
    <Block title={words.notes}>
      <ul class="notes">
        {order.notes.map((note) => (
          <li key={note.id}>
            <p>{note.text}</p>
            <span class="muted">
              <Actor of={note.actor} name={note.actor_name} />, <When at={note.at} />
            </span>
          </li>
        ))}
      </ul>
      {mayDo(actions, "add_note") ? (
        <form class="inline" onSubmit={(event) => (event.preventDefault(), void add())}>
          <LongField label={labels.of("command", "add_note")} value={text} onValue={setText} />
          <button class="button" disabled={text.trim() === ""}>
            {words.add}
          </button>
        </form>
      ) : null}
    </Block>
  );
}
