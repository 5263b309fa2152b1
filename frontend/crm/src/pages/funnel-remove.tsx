import type { JSX } from "preact";
import { useState } from "preact/hooks";
import type { Command, FunnelView, StatusView } from "@kwiga-orders/client";
import { Dialog } from "../parts/dialog.tsx";
import { SelectField } from "../parts/fields.tsx";
import { perform } from "../state/doing.ts";
import { hrefOf, go } from "../state/route.ts";
import { useSchool } from "../state/school.ts";

/** Removes a status; its orders and rules go where it is said (F6). */
export function RemoveStatus({ funnel, status, onClose }: { funnel: FunnelView; status: StatusView; onClose: () => void }): JSX.Element {
  const { words, labels } = useSchool();
  const [to, setTo] = useState("");
  const others = funnel.statuses.filter((one) => one.id !== status.id && !one.archived);
  const command: Command = { command: "remove_status", funnel: funnel.id, status: status.id, ...(to === "" ? {} : { move_to: to }) };
  const run = async (): Promise<void> => {
    if ((await perform(command)).ok) onClose();
  };
  return (
    <Dialog title={`${labels.of("command", "remove_status")}: ${status.name}`} onClose={onClose}>
      <form class="stack" onSubmit={(event) => (event.preventDefault(), void run())}>
        <SelectField label={labels.of("field", "move_to")} value={to} options={[{ value: "", text: words.none }, ...others.map((one) => ({ value: one.id, text: one.name }))]} onValue={setTo} />
        <p class="muted">{labels.of("help", "RemoveStatus.move_to")}</p>
        <button class="button primary">{words.remove}</button>
      </form>
    </Dialog>
  );
}

/** Removes a funnel; what stands in a status of it goes into another funnel, status by status (F6). */
export function RemoveFunnel({ funnel, funnels, onClose }: { funnel: FunnelView; funnels: readonly FunnelView[]; onClose: () => void }): JSX.Element {
  const { words, labels } = useSchool();
  const [places, setPlaces] = useState<Readonly<Record<string, string>>>({});
  const options = funnels.filter((one) => one.id !== funnel.id).flatMap((one) => one.statuses.filter((status) => !status.archived).map((status) => ({ value: JSON.stringify([one.id, status.id]), text: `${one.name}: ${status.name}` })));
  const chosen = Object.entries(places).filter(([, place]) => place !== "");
  const run = async (): Promise<void> => {
    const move_to = Object.fromEntries(chosen.map(([status, place]) => [status, JSON.parse(place) as [string, string]]));
    if ((await perform({ command: "remove_funnel", funnel: funnel.id, move_to })).ok) (onClose(), go(hrefOf(["funnels"])));
  };
  return (
    <Dialog title={`${labels.of("command", "remove_funnel")}: ${funnel.name}`} onClose={onClose}>
      <form class="stack" onSubmit={(event) => (event.preventDefault(), void run())}>
        <p class="muted">{labels.of("help", "RemoveFunnel.move_to")}</p>
        {funnel.statuses.map((status) => (
          <SelectField key={status.id} label={status.name} value={places[status.id] ?? ""} options={[{ value: "", text: words.none }, ...options]} onValue={(place) => setPlaces({ ...places, [status.id]: place })} />
        ))}
        <button class="button primary">{words.remove}</button>
      </form>
    </Dialog>
  );
}
