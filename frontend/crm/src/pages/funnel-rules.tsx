/** Which event puts an order into which status (S3: distribution of orders by statuses). */

import type { JSX } from "preact";
import { useState } from "preact/hooks";
import type { FunnelRule, FunnelView } from "@kwiga-orders/client";
import { Block } from "../parts/block.tsx";
import { CheckField } from "../parts/fields.tsx";
import { perform } from "../state/doing.ts";
import { useSchool } from "../state/school.ts";

const events = [
  "order.created", "order.subscribed", "order.partially_paid", "order.paid", "order.partially_refunded", "order.refunded", "order.cancelled",
  "order.reopened", "payment.failed", "payment.overdue", "contact.registered", "contact.logged_in", "course.started", "course.completed",
  "access.started", "access.expired", "certificate.issued",
] as const;

export function Rules({ funnel, mayEdit }: { funnel: FunnelView; mayEdit: boolean }): JSX.Element {
  const { words, labels } = useSchool();
  const [rules, setRules] = useState<readonly FunnelRule[]>(funnel.rules);
  const change = (n: number, part: Partial<FunnelRule>): void => setRules(rules.map((rule, m) => (m === n ? { ...rule, ...part } : rule)));
  const isChanged = JSON.stringify(rules) !== JSON.stringify(funnel.rules);
  const first = funnel.statuses[0]?.id ?? "";
  const save = (): void => {
    const of = { command: "edit_funnel", funnel: funnel.id } as const;
    void perform({ ...of, rules: [...rules], expected_version: funnel.version }, { undo: { ...of, rules: funnel.rules } });
  };
  return (
    <Block title={words.rules} actions={mayEdit ? <button type="button" class="link" onClick={() => setRules([...rules, { event: "order.paid", status: first }])}>+ {words.addRule}</button> : null}>
      <ul class="rules">
        {rules.map((rule, n) => (
          <li key={n}>
            <span>{words.whenEvent}</span>
            <select aria-label={words.event} disabled={!mayEdit} value={rule.event} onChange={(event) => change(n, { event: event.currentTarget.value })}>
              {(events.some((one) => one === rule.event) ? events : [rule.event, ...events]).map((one) => <option key={one} value={one}>{labels.of("event", one)}</option>)}
            </select>
            <span>{words.thenStatus}</span>
            <select aria-label={labels.of("field", "status")} disabled={!mayEdit} value={rule.status} onChange={(event) => change(n, { status: event.currentTarget.value })}>
              {funnel.statuses.map((one) => <option key={one.id} value={one.id}>{one.name}</option>)}
            </select>
            <CheckField label={labels.of("field", "every_time")} value={rule.every_time ?? false} onValue={(every_time) => change(n, { every_time })} />
            {mayEdit ? <button type="button" class="link" onClick={() => setRules(rules.filter((_, m) => m !== n))}>{words.remove}</button> : null}
          </li>
        ))}
      </ul>
      {isChanged ? <button type="button" class="button primary" onClick={save}>{words.save}</button> : null}
    </Block>
  );
}
