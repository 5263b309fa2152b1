import type { JSX } from "preact";
import { useState } from "preact/hooks";
import type { Command, LineView, OrderView } from "@kwiga-orders/client";
import { Dialog } from "../parts/dialog.tsx";
import { CheckField, TextField } from "../parts/fields.tsx";
import { PeriodField, periodOf, type TypedPeriod } from "../parts/period-field.tsx";
import { perform } from "../state/doing.ts";
import { useSchool } from "../state/school.ts";
import { PreviewPanel } from "./preview-panel.tsx";

export type AccessCommand = "extend_access" | "freeze_access" | "set_access_end";

interface AccessDialogProps {
  command: AccessCommand;
  order: OrderView;
  line: LineView;
  onClose: () => void;
}

/** Extend, freeze, or set the end, without opening the form of the order (A9–A11). */
export function AccessDialog({ command: name, order, line, onClose }: AccessDialogProps): JSX.Element {
  const { words, labels } = useSchool();
  const [period, setPeriod] = useState<TypedPeriod>({ count: name === "extend_access" ? "14" : "7", unit: "days" });
  const [day, setDay] = useState("");
  const [isEndless, setEndless] = useState(false);
  const [reason, setReason] = useState("");
  const command = commandOf();
  const run = async (): Promise<void> => {
    if (command === null) return;
    const undo =
      name === "freeze_access" && day === ""
        ? ({ command: "unfreeze_access", order: order.id, product: line.product } as const)
        : undefined;
    if ((await perform(command, undo === undefined ? {} : { undo })).ok) onClose();
  };

  function commandOf(): Command | null {
    const of = { order: order.id, product: line.product, ...(reason === "" ? {} : { reason }) };
    const length = periodOf(period);
    if (name === "set_access_end")
      return isEndless ? { command: name, ...of, at: null } : day === "" ? null : { command: name, ...of, at: day };
    if (length === null) return null;
    if (name === "extend_access") return { command: name, ...of, by: length };
    return { command: name, ...of, for: length, ...(day === "" ? {} : { from: day }) };
  }
  return (
    <Dialog title={`${labels.of("command", name)}: ${line.product_title ?? line.product}`} onClose={onClose}>
      <form class="stack" onSubmit={(event) => (event.preventDefault(), void run())}>
        {name === "set_access_end" ? (
          <CheckField label={words.forever} value={isEndless} onValue={setEndless} />
        ) : (
          <PeriodField label={labels.of("field", "by")} value={period} onValue={setPeriod} />
        )}
        {name === "extend_access" || isEndless ? null : (
          <TextField
            type="date"
            label={name === "freeze_access" ? words.from : words.until}
            value={day}
            onValue={setDay}
            {...(name === "freeze_access" ? { hint: words.optional } : {})}
          />
        )}
        <TextField label={words.reason} value={reason} onValue={setReason} hint={words.optional} />
        <PreviewPanel command={command} />
        <button class="button primary" disabled={command === null}>
          {labels.of("command", name)}
        </button>
      </form>
    </Dialog>
  );
}
