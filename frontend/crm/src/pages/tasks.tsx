import type { JSX } from "preact";
import { Answered, Empty } from "../parts/states.tsx";
import { When } from "../parts/values.tsx";
import { useAsked } from "../state/asking.ts";
import { perform } from "../state/doing.ts";
import { hrefOf, route } from "../state/route.ts";
import { setParameter } from "../orders/filters.ts";
import { useSchool } from "../state/school.ts";

/** Tasks over all orders: mine first, the longest due at the top (O14, S3). */
export function TasksPage(): JSX.Element {
  const { words, session } = useSchool();
  const { parameters } = route.value;
  const isAll = parameters.get("of") === "all";
  const isDone = parameters.get("done") === "yes";
  const asked = useAsked({ query: "tasks", done: isDone, ...(isAll ? {} : { assignee: session.id }) });
  const now = Date.now();
  return (
    <section>
      <header class="toolbar">
        <h1>{words.tasks}</h1>
        <div class="segmented" role="group" aria-label={words.tasks}>
          <button type="button" aria-pressed={!isAll} onClick={() => setParameter("of")}>
            {words.mine}
          </button>
          <button type="button" aria-pressed={isAll} onClick={() => setParameter("of", "all")}>
            {words.everyones}
          </button>
        </div>
        <div class="segmented" role="group" aria-label={words.toDo}>
          <button type="button" aria-pressed={!isDone} onClick={() => setParameter("done")}>
            {words.toDo}
          </button>
          <button type="button" aria-pressed={isDone} onClick={() => setParameter("done", "yes")}>
            {words.done}
          </button>
        </div>
      </header>
      <Answered asked={asked}>
        {(tasks) =>
          tasks.length === 0 ? (
            <Empty>{words.nothing}</Empty>
          ) : (
            <ul class="rows task-rows">
              {tasks.map((task) => {
                const of = { order: task.order, task: task.task };
                const [done, open] = [
                  { command: "complete_task", ...of } as const,
                  { command: "reopen_task", ...of } as const,
                ];
                const isLate = task.due_at !== null && task.done_at === null && Date.parse(task.due_at) < now;
                return (
                  <li key={task.task}>
                    <label class="check">
                      <input
                        type="checkbox"
                        checked={task.done_at !== null}
                        disabled={session.role === "viewer"}
                        onChange={() =>
                          void (task.done_at === null ? perform(done, { undo: open }) : perform(open, { undo: done }))
                        }
                      />
                      <strong>{task.title}</strong>
                    </label>
                    <a href={hrefOf(["order", task.order])}>№ {task.number}</a>
                    <span>{task.contact_name ?? task.contact}</span>
                    {isAll ? <span class="muted">{task.assignee_name ?? task.assignee ?? words.nobody}</span> : null}
                    <When at={task.due_at} />
                    {isLate ? <span class="pill pill-bad">{words.overdue}</span> : null}
                  </li>
                );
              })}
            </ul>
          )
        }
      </Answered>
    </section>
  );
}
