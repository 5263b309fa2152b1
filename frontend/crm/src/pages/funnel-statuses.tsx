import type { JSX } from "preact";
import { useState } from "preact/hooks";
import type { FunnelView, StatusView } from "@kwiga-orders/client";
import { perform } from "../state/doing.ts";
import { useSchool } from "../state/school.ts";
import { RemoveStatus } from "./funnel-remove.tsx";

interface StatusesProps {
  funnel: FunnelView;
  mayEdit: boolean;
}

/** Statuses in their order: renamed in place, recoloured, moved, archived, removed, added (F6). */
export function Statuses({ funnel, mayEdit }: StatusesProps): JSX.Element {
  const { words } = useSchool();
  const [name, setName] = useState("");
  const [removed, setRemoved] = useState<StatusView | null>(null);
  const ids = funnel.statuses.map((one) => one.id);
  const add = async (): Promise<void> => {
    const id = `s-${crypto.randomUUID().slice(0, 8)}`;
    // emptied at once: what is typed next must not be lost when this one is stored
    setName("");
    if (!(await perform({ command: "add_status", funnel: funnel.id, id, name })).ok) setName(name);
  };
  const shift = (n: number, by: number): void => {
    const moved = [...ids];
    moved.splice(n + by, 0, ...moved.splice(n, 1));
    void perform({ command: "reorder_statuses", funnel: funnel.id, statuses: moved }, { undo: { command: "reorder_statuses", funnel: funnel.id, statuses: ids } });
  };
  const archive = ({ id, archived }: StatusView): void => {
    const of = { command: "edit_status", funnel: funnel.id, id } as const;
    void perform({ ...of, archived: !archived }, { undo: { ...of, archived } });
  };
  return (
    <>
      <ol class="statuses">
        {funnel.statuses.map((status, n) => (
          <li key={status.id} class={status.archived ? "is-archived" : ""}>
            <Colour funnel={funnel} status={status} mayEdit={mayEdit} />
            <Name funnel={funnel} status={status} mayEdit={mayEdit} />
            {status.archived ? <span class="pill pill-quiet">{words.archived}</span> : null}
            {mayEdit ? (
              <span class="actions">
                <button type="button" class="icon" disabled={n === 0} aria-label={`${words.up}: ${status.name}`} onClick={() => shift(n, -1)}>↑</button>
                <button type="button" class="icon" disabled={n === ids.length - 1} aria-label={`${words.down}: ${status.name}`} onClick={() => shift(n, 1)}>↓</button>
                <button type="button" class="link" onClick={() => archive(status)}>{status.archived ? words.unarchive : words.archive}</button>
                <button type="button" class="link" onClick={() => setRemoved(status)}>{words.remove}</button>
              </span>
            ) : null}
          </li>
        ))}
      </ol>
      {removed === null ? null : <RemoveStatus funnel={funnel} status={removed} onClose={() => setRemoved(null)} />}
      {mayEdit ? (
        <form class="inline" onSubmit={(event) => (event.preventDefault(), void add())}>
          <input aria-label={words.newStatus} placeholder={words.newStatus} value={name} onInput={(event) => setName(event.currentTarget.value)} />
          <button class="button" disabled={name.trim() === ""}>+ {words.newStatus}</button>
        </form>
      ) : null}
    </>
  );
}

interface StatusProps extends StatusesProps {
  status: StatusView;
}

function Colour({ funnel, status, mayEdit }: StatusProps): JSX.Element {
  const { words } = useSchool();
  return (
    <input
      type="color"
      class="swatch"
      aria-label={`${words.colour}: ${status.name}`}
      disabled={!mayEdit}
      value={status.colour ?? "#999999"}
      onChange={(event) => void perform({ command: "edit_status", funnel: funnel.id, id: status.id, colour: event.currentTarget.value })}
    />
  );
}

function Name({ funnel, status, mayEdit }: StatusProps): JSX.Element {
  const { labels } = useSchool();
  const rename = (name: string): void => {
    const of = { command: "edit_status", funnel: funnel.id, id: status.id } as const;
    if (name !== status.name) void perform({ ...of, name }, { undo: { ...of, name: status.name } });
  };
  return <input class="in-place" aria-label={labels.of("field", "name")} disabled={!mayEdit} value={status.name} onChange={(event) => rename(event.currentTarget.value)} />;
}
