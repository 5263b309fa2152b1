import type { JSX } from "preact";
import type { EventView, FunnelRule, FunnelView, RowView } from "@kwiga-orders/client";
import { Block } from "../parts/block.tsx";
import { Answered } from "../parts/states.tsx";
import { useAsked } from "../state/asking.ts";
import { hrefOf } from "../state/route.ts";
import { useSchool } from "../state/school.ts";
import { filled } from "../words/index.ts";
import { replayed } from "./funnel-replay.ts";

const tried = 40;

/** How orders of the past went through the funnel: how many entered each status, what share moved on (F8). */
export function Conversion({ funnel }: { funnel: FunnelView }): JSX.Element {
  const { words } = useSchool();
  const asked = useAsked({ query: "conversion", funnel: funnel.id });
  return (
    <Block title={words.conversion}>
      <Answered asked={asked} lines={4}>
        {({ statuses }) => {
          const most = Math.max(1, ...statuses.map((one) => one.entered));
          return (
            <table class="conversion">
              <thead>
                <tr><th scope="col">{words.statuses}</th><td /><th scope="col" class="number">{words.entered}</th><th scope="col" class="number">{words.wentOn}</th></tr>
              </thead>
              <tbody>
                {statuses.map((one) => (
                  <tr key={one.status}>
                    <th scope="row">{one.name}</th>
                    <td class="bar-cell"><span class="bar" style={{ width: `${(one.entered / most) * 100}%` }} /></td>
                    <td class="number">{one.entered}</td>
                    <td class="muted number">{one.entered === 0 ? "–" : `${Math.round(Number(one.rate))} %`}</td>
                  </tr>
                ))}
              </tbody>
            </table>
          );
        }}
      </Answered>
    </Block>
  );
}

/** The rules as they are being written, tried on the newest orders: which would stand elsewhere now. */
export function Trial({ funnel, rules }: { funnel: FunnelView; rules: readonly FunnelRule[] }): JSX.Element {
  const { words } = useSchool();
  const orders = useAsked({ query: "orders", funnel: funnel.id, limit: tried }, { live: false });
  return (
    <Block title={words.trial}>
      <Answered asked={orders} lines={4}>
        {({ rows }) => rows.length === 0 ? <p class="muted">{words.nothing}</p> : <Tried funnel={funnel} rules={rules} rows={rows} />}
      </Answered>
    </Block>
  );
}

function Tried({ funnel, rules, rows }: { funnel: FunnelView; rules: readonly FunnelRule[]; rows: readonly RowView[] }): JSX.Element {
  const { words } = useSchool();
  const histories = useAsked({ query: "batch", queries: rows.map((row) => ({ query: "history", order: row.id })) }, { live: false });
  const nameOf = (id: string): string => funnel.statuses.find((one) => one.id === id)?.name ?? id;
  return (
    <Answered asked={histories} lines={4}>
      {(answers) => {
        const first = funnel.statuses[0]?.id ?? "";
        const would = rows.map((row, n) => ({ row, status: replayed((answers[n] ?? []) as unknown as readonly EventView[], rules, first) }));
        const elsewhere = would.filter(({ row, status }) => row.status !== status);
        return (
          <>
            <p class="muted">{filled(words.trialHint, { count: rows.length, moved: elsewhere.length })}</p>
            <ul class="trial">
              {elsewhere.slice(0, 12).map(({ row, status }) => (
                <li key={row.id}>
                  <a href={hrefOf(["order", row.id])}>№ {row.number}</a>
                  <span>{row.contact_name ?? row.contact}</span>
                  <span class="muted">{nameOf(row.status)} → <strong>{nameOf(status)}</strong></span>
                </li>
              ))}
            </ul>
          </>
        );
      }}
    </Answered>
  );
}
