import type { JSX } from "preact";
import { useState } from "preact/hooks";
import { localOf, type TaskView } from "@kwiga-orders/client";
import { mayDo } from "../parts/action.tsx";
import { Block } from "../parts/block.tsx";
import { Dialog } from "../parts/dialog.tsx";
import { SelectField, TextField } from "../parts/fields.tsx";
import { When } from "../parts/values.tsx";
import { perform } from "../state/doing.ts";
import { useSchool } from "../state/school.ts";
import { usePeople } from "../state/people.ts";
import type { BlockProps } from "./block.ts";

/** Tasks of the order: added, edited, done, taken back, removed (O14). */
export function Tasks({ order, actions }: BlockProps): JSX.Element {
  const { words, labels } = useSchool();
  const [edited, setEdited] = useState<TaskView | "new" | null>(null);
  const may = mayDo(actions, "add_task");
  const turn = (task: TaskView): void => {
    const done = { command: "complete_task", order: order.id, task: task.id } as const;
    const open = { command: "reopen_task", order: order.id, task: task.id } as const;
    void (task.done_at === null ? perform(done, { undo: open }) : perform(open, { undo: done }));
  };
  return (
    <Block
      title={words.tasks}
      actions={
        may ? (
          <button type="button" class="link" onClick={() => setEdited("new")}>
            + {words.add}
          </button>
        ) : null
      }
    >
      <ul class="tasks">
        {order.tasks.map((task) => (
          <li key={task.id} class={task.done_at === null ? "" : "is-done"}>
            <label class="check">
              <input type="checkbox" checked={task.done_at !== null} disabled={!may} onChange={() => turn(task)} />
              {task.title}
            </label>
            <span class="muted">
              {task.assignee_name ?? task.assignee} <When at={task.due_at} />
            </span>
            {may ? (
              <button type="button" class="link" onClick={() => setEdited(task)}>
                {words.edit}
              </button>
            ) : null}
          </li>
        ))}
      </ul>
      {edited === null ? null : (
        <TaskDialog
          order={order.id}
          task={edited === "new" ? null : edited}
          onClose={() => setEdited(null)}
          title={labels.of("command", edited === "new" ? "add_task" : "edit_task")}
        />
      )}
    </Block>
  );
}

function TaskDialog({
  order,
  task,
  title,
  onClose,
}: {
  order: string;
  task: TaskView | null;
  title: string;
  onClose: () => void;
}): JSX.Element {
  const { words, labels, session } = useSchool();
  const people = usePeople();
  const [name, setName] = useState(task?.title ?? "");
  const [assignee, setAssignee] = useState(task?.assignee ?? session.id);
  const [due, setDue] = useState(task?.due_at ? localOf(task.due_at, session.timezone) : "");
  const save = async (): Promise<void> => {
    const fields = {
      order,
      title: name,
      assignee: assignee === "" ? null : assignee,
      due_at: due === "" ? null : due,
    };
    const outcome = await perform(
      task === null ? { command: "add_task", ...fields } : { command: "edit_task", ...fields, task: task.id },
    );
    if (outcome.ok) onClose();
  };
  const remove = async (): Promise<void> => {
    if (task !== null && (await perform({ command: "remove_task", order, task: task.id })).ok) onClose();
  };
  return (
    <Dialog title={title} onClose={onClose}>
      <form class="stack" onSubmit={(event) => (event.preventDefault(), void save())}>
        <TextField label={labels.of("field", "title")} value={name} onValue={setName} required />
        <SelectField
          label={labels.of("field", "assignee")}
          value={assignee}
          options={[{ value: "", text: words.nobody }, ...people]}
          onValue={setAssignee}
        />
        <TextField type="datetime-local" label={labels.of("field", "due_at")} value={due} onValue={setDue} />
        <div class="actions">
          <button class="button primary">{words.save}</button>
          {task === null ? null : (
            <button type="button" class="button" onClick={() => void remove()}>
              {words.remove}
            </button>
          )}
        </div>
      </form>
    </Dialog>
  );
}
