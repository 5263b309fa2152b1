import type { JSX } from "preact";
import { useEffect } from "preact/hooks";
import { Action } from "../parts/action.tsx";
import { Dialog } from "../parts/dialog.tsx";
import { Answered } from "../parts/states.tsx";
import { When } from "../parts/values.tsx";
import { useAsked } from "../state/asking.ts";
import { perform } from "../state/doing.ts";
import { useSchool } from "../state/school.ts";
import type { BlockProps } from "./block.ts";

const askedEvery = 2000;

/** Letters about the order that went out; each can be sent again by hand (N2). */
export function LettersDialog({
  order,
  actions,
  title,
  onClose,
}: BlockProps & { title: string; onClose: () => void }): JSX.Element {
  const { words, labels } = useSchool();
  const letters = useAsked({ query: "letters", order: order.id });
  // they go out a moment after the command, which is no change of the order: so this asks again by itself
  useEffect(() => {
    const timer = setInterval(letters.again, askedEvery);
    return () => clearInterval(timer);
  }, []);
  return (
    <Dialog title={words.lettersTitle} onClose={onClose}>
      <Answered asked={letters} lines={4}>
        {(sent) => (
          <ul class="letters">
            {sent.length === 0 ? <li class="muted">{words.nothing}</li> : null}
            {sent.map((letter, n) => (
              <li key={n}>
                <span>
                  <strong>{labels.of("letter_kind", letter.kind)}</strong>{" "}
                  <span class="muted">
                    {letter.to === order.contact ? "" : `${letter.to}, `}
                    <When at={letter.at} />
                  </span>
                </span>
                <Action
                  of="send_letter"
                  actions={actions}
                  onDo={() =>
                    void perform({
                      command: "send_letter",
                      order: order.id,
                      kind: letter.kind,
                      ...aboutOf(letter.data),
                    })
                  }
                >
                  {title}
                </Action>
              </li>
            ))}
          </ul>
        )}
      </Answered>
    </Dialog>
  );
}

/** The payment or the product that a letter was about: sent again, it is about the same. */
function aboutOf(data: unknown): { payment?: string; product?: string } {
  const found: { payment?: string; product?: string } = {};
  if (typeof data !== "object" || data === null) return found;
  if ("payment" in data && typeof data.payment === "string") found.payment = data.payment;
  if ("product" in data && typeof data.product === "string") found.product = data.product;
  return found;
}
