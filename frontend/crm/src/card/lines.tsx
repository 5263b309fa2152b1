/** Products of the order, each a block: its offer, window, settings, reasons, and what is done to its access. */

import type { JSX } from "preact";
import { useState } from "preact/hooks";
import type { AccessTerms, LineView } from "@kwiga-orders/client";
import { Action, mayDo } from "../parts/action.tsx";
import { Block, Facts } from "../parts/block.tsx";
import { Day, Money, Pill, When } from "../parts/values.tsx";
import { Reason } from "../parts/reason.tsx";
import { termsFacts } from "../terms/terms-facts.tsx";
import { useAsked } from "../state/asking.ts";
import { perform } from "../state/doing.ts";
import { useSchool } from "../state/school.ts";
import { AccessDialog, type AccessCommand } from "./access-dialog.tsx";
import { Actor } from "./actor.tsx";
import type { BlockProps } from "./block.ts";
import { CertificateOf } from "./certificate.tsx";
import { LineDialog } from "./line-dialog.tsx";

export function Lines({ order, actions }: BlockProps): JSX.Element {
  const { words, labels } = useSchool();
  const [isAdded, setAdded] = useState(false);
  return (
    <Block
      title={words.products}
      actions={
        mayDo(actions, "add_line") ? (
          <button type="button" class="link" onClick={() => setAdded(true)}>
            + {labels.of("command", "add_line")}
          </button>
        ) : null
      }
    >
      {order.lines.map((line) => (
        <Line key={line.product} order={order} actions={actions} line={line} />
      ))}
      {isAdded ? <LineDialog order={order} line={null} onClose={() => setAdded(false)} /> : null}
    </Block>
  );
}

function Line({ order, actions, line }: BlockProps & { line: LineView }): JSX.Element {
  const school = useSchool();
  const { words, labels } = school;
  const [isEdited, setEdited] = useState(false);
  const [doing, setDoing] = useState<AccessCommand | null>(null);
  const course = useAsked({ query: "course", product: line.product }, { live: false }).answer;
  const of = { order: order.id, product: line.product };
  // of the whole order it is refused if one line has no end; of a line by itself only if that has none (A9)
  const ofLine =
    actions.extend_access === "access.no_end" && line.ends_at !== null ? { ...actions, extend_access: null } : actions;
  const isFrozen = line.reasons.some((reason) => reason.code === "frozen");
  return (
    <section class="line">
      <header>
        <div>
          {order.offer === null ? null : <span class="muted">{order.offer.title}</span>}
          <h3>{line.product_title ?? line.product}</h3>
        </div>
        <span class={line.open ? "pill pill-good" : "pill pill-open"}>{line.open ? words.open : words.closed}</span>
        <Pill kind="terms_source" value={line.source} />
        <span class="spacer" />
        <Money amount={line.price} currency={order.currency} />
      </header>
      <ul class="reasons">
        {line.reasons.map((reason) => (
          <li key={reason.code}>
            <Reason of={reason} currency={order.currency} />
          </li>
        ))}
      </ul>
      <Facts
        of={[
          [labels.of("field", "starts_at"), <When at={line.starts_at} />],
          [
            labels.of("field", "ends_at"),
            line.ends_at === null && line.starts_at !== null ? words.forever : <When at={line.ends_at} />,
          ],
          [words.curators, line.curators.map((id, n) => line.curator_names[n] ?? id).join(", ") || "–"],
          ...termsFacts(line.terms as AccessTerms, course, school),
          ...(line.differs.length === 0
            ? []
            : [
                [labels.of("field", "differs"), line.differs.map((one) => labels.of("field", one)).join(", ")] as const,
              ]),
          ...(line.dangling.length === 0 ? [] : [[labels.of("field", "dangling"), line.dangling.join(", ")] as const]),
          ...(line.late_lessons.length === 0
            ? []
            : [[labels.of("field", "late_lessons"), line.late_lessons.join(", ")] as const]),
        ]}
      />
      <Adjustments line={line} />
      <CertificateOf order={order} line={line} actions={actions} course={course} />
      <footer class="actions">
        <Action of="edit_line" actions={actions} onDo={() => setEdited(true)}>
          {words.edit}
        </Action>
        <Action of="extend_access" actions={ofLine} onDo={() => setDoing("extend_access")}>
          {words.extend}
        </Action>
        {isFrozen ? (
          <Action
            of="unfreeze_access"
            actions={actions}
            onDo={() => void perform({ command: "unfreeze_access", ...of })}
          >
            {words.unfreeze}
          </Action>
        ) : (
          <Action of="freeze_access" actions={actions} onDo={() => setDoing("freeze_access")}>
            {words.freeze}
          </Action>
        )}
        <Action of="set_access_end" actions={actions} onDo={() => setDoing("set_access_end")}>
          {words.setEnd}
        </Action>
        {line.source === "custom" && order.offer !== null ? (
          <Action of="follow_offer" actions={actions} onDo={() => void perform({ command: "follow_offer", ...of })} />
        ) : null}
        {order.lines.length > 1 ? (
          <Action of="remove_line" actions={actions} onDo={() => void perform({ command: "remove_line", ...of })}>
            {words.remove}
          </Action>
        ) : null}
      </footer>
      {isEdited ? <LineDialog order={order} line={line} onClose={() => setEdited(false)} /> : null}
      {doing === null ? null : (
        <AccessDialog command={doing} order={order} line={line} onClose={() => setDoing(null)} />
      )}
    </section>
  );
}

/** Extensions, freezes and set ends, with who and why (V4). */
function Adjustments({ line }: { line: LineView }): JSX.Element | null {
  const { labels } = useSchool();
  if (line.adjustments.length === 0) return null;
  return (
    <ul class="adjustments">
      {line.adjustments.map((one, n) => (
        <li key={n}>
          <strong>{labels.of("adjustment", one.kind)}</strong>
          {one.by === null ? null : <span>{labels.period(one.by)}</span>}
          {one.starts_at === null ? null : <Day at={one.starts_at} />}
          {one.ends_at === null ? null : (
            <span>
              → <Day at={one.ends_at} />
            </span>
          )}
          <span class="muted">
            <Actor of={one.actor} name={one.actor_name} />, <When at={one.at} /> {one.reason}
          </span>
        </li>
      ))}
    </ul>
  );
}
