import type { JSX } from "preact";
import { dismiss, toasts } from "../state/doing.ts";
import { useSchool } from "../state/school.ts";

/** What came of commands, with a way back; read out by screen readers as it comes. */
export function Toasts(): JSX.Element {
  const { words } = useSchool();
  return (
    <div class="toasts" role="log" aria-live="polite">
      {toasts.value.map(({ id, text, tone, undo }) => (
        <div key={id} class={`toast toast-${tone}`}>
          <span>{text}</span>
          {undo === null ? null : (
            <button type="button" class="link" onClick={() => (dismiss(id), undo())}>
              {words.undo}
            </button>
          )}
          <button type="button" class="icon" aria-label={words.cancel} onClick={() => dismiss(id)}>
            ×
          </button>
        </div>
      ))}
    </div>
  );
}
