/** Which event puts an order into which status (S3: distribution of orders by statuses). */

import type { JSX } from "preact";
import type { FunnelRule, FunnelView } from "@kwiga-orders/client";
import { Block } from "../parts/block.tsx";
import { Chooser } from "../parts/chooser.tsx";
import { CheckField } from "../parts/fields.tsx";
import { perform } from "../state/doing.ts";
import { useSchool } from "../state/school.ts";

const events = [
  "order.created", "order.subscribed", "order.partially_paid", "order.paid", "order.partially_refunded", "order.refunded", "order.cancelled",
  "order.reopened", "payment.failed", "payment.overdue", "contact.registered", "contact.logged_in", "course.started", "course.completed",
  "access.started", "access.expired", "certificate.issued",
] as const;

interface RulesProps {
  funnel: FunnelView;
  /** The rules as they are being written: tried on the past before they are saved. */
  rules: readonly FunnelRule[];
  onRules: (rules: readonly FunnelRule[]) => void;
  mayEdit: boolean;
}

export function Rules({ funnel, rules, onRules, mayEdit }: RulesProps): JSX.Element {
  const { words } = useSchool();
  const isChanged = JSON.stringify(rules) !== JSON.stringify(funnel.rules);
  const first = funnel.statuses[0]?.id ?? "";
  const save = (): void => {
    const of = { command: "edit_funnel", funnel: funnel.id } as const;
    void perform({ ...of, rules: [...rules], expected_version: funnel.version }, { undo: { ...of, rules: funnel.rules } });
  };
  return (
    <Block title={words.rules} actions={mayEdit ? <button type="button" class="link" onClick={() => onRules([...rules, { event: "order.paid", status: first }])}>+ {words.addRule}</button> : null}>
      {rules.length === 0 ? <p class="muted">{words.noRules}</p> : null}
      <ul class="rules">
        {rules.map((rule, n) => (
          <Rule
            key={n}
            funnel={funnel}
            rule={rule}
            mayEdit={mayEdit}
            onRule={(changed) => onRules(rules.map((one, m) => (m === n ? changed : one)))}
            onRemove={() => onRules(rules.filter((_, m) => m !== n))}
          />
        ))}
      </ul>
      {isChanged ? (
        <div class="actions">
          <button type="button" class="button primary" onClick={save}>{words.save}</button>
          <button type="button" class="button" onClick={() => onRules(funnel.rules)}>{words.dropChanges}</button>
        </div>
      ) : null}
    </Block>
  );
}

interface RuleProps {
  funnel: FunnelView;
  rule: FunnelRule;
  mayEdit: boolean;
  onRule: (rule: FunnelRule) => void;
  onRemove: () => void;
}

function Rule({ funnel, rule, mayEdit, onRule, onRemove }: RuleProps): JSX.Element {
  const { words, labels } = useSchool();
  const from = rule.only_from ?? [];
  const named = funnel.statuses.filter((one) => from.includes(one.id)).map((one) => one.name);
  return (
    <li>
      <span>{words.whenEvent}</span>
      <select aria-label={words.event} disabled={!mayEdit} value={rule.event} onChange={(event) => onRule({ ...rule, event: event.currentTarget.value })}>
        {(events.some((one) => one === rule.event) ? events : [rule.event, ...events]).map((one) => <option key={one} value={one}>{labels.of("event", one)}</option>)}
      </select>
      <span>{words.thenStatus}</span>
      <select aria-label={labels.of("field", "status")} disabled={!mayEdit} value={rule.status} onChange={(event) => onRule({ ...rule, status: event.currentTarget.value })}>
        {funnel.statuses.filter((one) => !one.archived || one.id === rule.status).map((one) => <option key={one.id} value={one.id}>{one.name}</option>)}
      </select>
      <Chooser
        title={`${labels.of("field", "only_from")}: ${named.length === 0 ? words.any : named.join(", ")}`}
        options={funnel.statuses.map((one) => ({ value: one.id, text: one.name }))}
        chosen={from}
        disabled={!mayEdit}
        onTurn={(id, isChosen) => onRule({ ...rule, only_from: isChosen ? [...from, id] : from.filter((one) => one !== id) })}
      />
      <CheckField label={labels.of("field", "every_time")} value={rule.every_time ?? false} disabled={!mayEdit} onValue={(every_time) => onRule({ ...rule, every_time })} />
      {mayEdit ? <button type="button" class="link" onClick={onRemove}>{words.remove}</button> : null}
    </li>
  );
}
