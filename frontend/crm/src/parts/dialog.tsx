/** A dialog of the platform: it holds the focus, and Escape closes it. */

import type { ComponentChildren, JSX } from "preact";
import { useEffect, useId, useRef } from "preact/hooks";
import { useSchool } from "../state/school.ts";

interface DialogProps {
  title: string;
  onClose: () => void;
  wide?: boolean;
  children: ComponentChildren;
}

/** Focus where somebody was; the page itself if that is gone. */
function giveFocus(before: Element | null): void {
  requestAnimationFrame(() => {
    if (document.querySelector("dialog[open]") !== null) return;
    const place = before?.isConnected === true && before !== document.body ? before : document.getElementById("content");
    if (place instanceof HTMLElement) place.focus({ preventScroll: true });
  });
}

export function Dialog({ title, onClose, wide = false, children }: DialogProps): JSX.Element {
  const { words } = useSchool();
  const element = useRef<HTMLDialogElement>(null);
  const id = useId();
  useEffect(() => {
    const before = document.activeElement;
    element.current?.showModal();
    // the platform gives the focus back when a dialog is closed, and not when it is taken away after its command
    return () => giveFocus(before);
  }, []);
  return (
    <dialog ref={element} class={wide ? "dialog dialog-wide" : "dialog"} aria-labelledby={id} onClose={onClose}>
      <header>
        <h2 id={id}>{title}</h2>
        <button type="button" class="icon" aria-label={words.cancel} onClick={() => element.current?.close()}>
          ×
        </button>
      </header>
      {children}
    </dialog>
  );
}
