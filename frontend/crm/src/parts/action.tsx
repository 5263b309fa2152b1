/** A button for a command: there if the role has it, off with the reason if a rule would refuse it now (V8). */

import type { ComponentChildren, JSX } from "preact";
import type { ActionsAnswer } from "@kwiga-orders/client";
import { say } from "../state/doing.ts";
import { useSchool } from "../state/school.ts";

/** What may be done with an order now, each command with null or the code of its refusal; empty until it was asked. */
export type Actions = Partial<ActionsAnswer>;

interface ActionProps {
  of: keyof ActionsAnswer;
  actions: Actions;
  onDo: () => void;
  primary?: boolean;
  children?: ComponentChildren;
}

export function Action({ of, actions, onDo, primary = false, children }: ActionProps): JSX.Element | null {
  const { labels } = useSchool();
  const code = actions[of];
  // what the role lacks is not shown, nor what is not known yet; what a rule refuses is, with the rule
  if (code === "actor.not_allowed" || code === undefined) return null;
  const why = code === null ? null : labels.of("error", code);
  // not `disabled`: that could not be reached by keyboard, nor be asked by a finger why it is off
  return (
    <button
      type="button"
      class={primary ? "button primary" : "button"}
      aria-disabled={why !== null}
      title={why ?? undefined}
      onClick={() => (why === null ? onDo() : say(why, "refused"))}
    >
      {children ?? labels.of("command", of)}
    </button>
  );
}

/** Whether a command may be given now. */
export function mayDo(actions: Actions, of: keyof ActionsAnswer): boolean {
  return actions[of] === null;
}
