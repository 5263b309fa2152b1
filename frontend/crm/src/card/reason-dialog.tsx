import type { JSX } from "preact";
import { useState } from "preact/hooks";
import type { Command } from "@kwiga-orders/client";
import { Dialog } from "../parts/dialog.tsx";
import { TextField } from "../parts/fields.tsx";
import { perform } from "../state/doing.ts";
import { useSchool } from "../state/school.ts";
import { PreviewPanel } from "./preview-panel.tsx";

interface ReasonDialogProps {
  title: string;
  command: (reason: string) => Command;
  undo?: Command;
  required?: boolean;
  onClose: () => void;
}

/** Asks for a reason, shows what will happen, and does it. */
export function ReasonDialog({ title, command, undo, required = false, onClose }: ReasonDialogProps): JSX.Element {
  const { words } = useSchool();
  const [reason, setReason] = useState("");
  const isMissing = required && reason.trim() === "";
  const run = async (): Promise<void> => {
    const outcome = await perform(command(reason), undo === undefined ? {} : { undo });
    if (outcome.ok) onClose();
  };
  return (
    <Dialog title={title} onClose={onClose}>
      <form class="stack" onSubmit={(event) => (event.preventDefault(), void run())}>
        <TextField
          label={words.reason}
          value={reason}
          onValue={setReason}
          required={required}
          {...(required ? {} : { hint: words.optional })}
        />
        <PreviewPanel command={isMissing ? null : command(reason)} />
        <button class="button primary" disabled={isMissing}>
          {title}
        </button>
      </form>
    </Dialog>
  );
}
