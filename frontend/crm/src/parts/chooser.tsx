/** Boxes behind a button: open by Enter, closed by Escape, and when the focus goes elsewhere. */

import type { ComponentChildren, JSX } from "preact";
import { useRef } from "preact/hooks";

export interface Choice {
  value: string;
  text: string;
}

interface ChooserProps {
  title: ComponentChildren;
  options: readonly Choice[];
  chosen: readonly string[];
  disabled?: boolean;
  onTurn: (value: string, isChosen: boolean) => void;
}

export function Chooser({ title, options, chosen, disabled = false, onTurn }: ChooserProps): JSX.Element {
  const element = useRef<HTMLDetailsElement>(null);
  const close = (): void => void element.current?.removeAttribute("open");
  const press = (event: KeyboardEvent): void => {
    if (event.key !== "Escape" || element.current?.open !== true) return;
    close();
    element.current.querySelector("summary")?.focus();
  };
  const leave = (event: FocusEvent): void => {
    // a click beside it goes to nothing that could take the focus
    if (event.relatedTarget instanceof Node && !element.current?.contains(event.relatedTarget)) close();
  };
  return (
    <details ref={element} class="chooser" onKeyDown={press} onFocusOut={leave}>
      <summary class="button">{title}</summary>
      <div class="chooser-list">
        {options.map(({ value, text }) => (
          <label key={value} class="check">
            <input
              type="checkbox"
              disabled={disabled}
              checked={chosen.includes(value)}
              onChange={(event) => onTurn(value, event.currentTarget.checked)}
            />
            {text}
          </label>
        ))}
      </div>
    </details>
  );
}
