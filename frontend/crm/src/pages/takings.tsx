/** What came in and went back, by day, month, offer…: bars that say their numbers, and a table of the same (V8). */

import type { JSX } from "preact";
import { useState } from "preact/hooks";
import { dayOf, moneyOf, takingsByValues, type TakingsBy, type TakingsView } from "@kwiga-orders/client";
import { SelectField, TextField } from "../parts/fields.tsx";
import { Answered, Empty } from "../parts/states.tsx";
import { Money } from "../parts/values.tsx";
import { useAsked } from "../state/asking.ts";
import { useSchool } from "../state/school.ts";

const units = { day: "day", month: "monthUnit" } as const;
const month = 30 * 86_400_000;

export function TakingsPage(): JSX.Element {
  const { words, labels, session } = useSchool();
  const day = (at: number): string => dayOf(new Date(at).toISOString(), session.timezone);
  const [from, setFrom] = useState(day(Date.now() - 6 * month));
  const [until, setUntil] = useState(day(Date.now()));
  const [by, setBy] = useState<TakingsBy>("month");
  const asked = useAsked(from === "" || until === "" ? null : { query: "takings", from, until, by });
  return (
    <section>
      <header class="toolbar">
        <h1>{words.takings}</h1>
        <TextField type="date" label={words.from} value={from} onValue={setFrom} />
        <TextField type="date" label={words.until} value={until} onValue={setUntil} />
        <SelectField label={words.by} value={by} options={takingsByValues.map((value) => ({ value, text: value in units ? words[units[value as keyof typeof units]] : labels.of("field", value) }))} onValue={setBy} />
      </header>
      <Answered asked={asked}>
        {(rows) => rows.length === 0 ? <Empty>{words.nothing}</Empty> : (
          <>
            <Chart rows={rows} />
            <Table rows={rows} />
          </>
        )}
      </Answered>
    </section>
  );
}

const [width, height, floor] = [900, 260, 230];
const mostBars = 60;

function Chart({ rows }: { rows: readonly TakingsView[] }): JSX.Element {
  const { words } = useSchool();
  const shown = rows.slice(-mostBars);
  // of one currency at a time: hryvnias and euros have no common scale
  const currency = shown[0]?.currency ?? "";
  const bars = shown.filter((row) => row.currency === currency);
  const minor = (amount: string): number => Number(moneyOf(amount, currency).minor);
  const most = Math.max(1, ...bars.map((row) => minor(row.paid)));
  const step = width / bars.length;
  const tall = (amount: string): number => Math.max(0, (minor(amount) / most) * (floor - 20));
  const every = Math.ceil(bars.length / 12);
  return (
    <svg class="chart" viewBox={`0 0 ${width} ${height}`} role="img" aria-label={`${words.takings}, ${currency}`}>
      <line class="chart-floor" x1={0} x2={width} y1={floor} y2={floor} />
      {bars.map((row, n) => (
        <g key={row.key ?? n}>
          <rect class="chart-paid" x={n * step + step * 0.15} y={floor - tall(row.paid)} width={step * 0.7} height={tall(row.paid)} rx={2}>
            <title>{`${row.name ?? row.key}: ${row.paid} ${currency}`}</title>
          </rect>
          <rect class="chart-refunded" x={n * step + step * 0.15} y={floor - tall(row.refunded)} width={step * 0.7} height={tall(row.refunded)}>
            <title>{`${words.refunded}: ${row.refunded} ${currency}`}</title>
          </rect>
          {n % every === 0 ? <text class="chart-name" x={n * step + step / 2} y={floor + 18} text-anchor="middle">{shortName(row)}</text> : null}
        </g>
      ))}
    </svg>
  );
}

function shortName(row: TakingsView): string {
  const name = row.name ?? row.key ?? "–";
  return name.length > 12 ? `${name.slice(0, 11)}…` : name;
}

function Table({ rows }: { rows: readonly TakingsView[] }): JSX.Element {
  const { words, labels } = useSchool();
  return (
    <div class="table-scroll" tabIndex={0} role="region" aria-label={words.takings}>
      <table class="list">
        <thead>
          <tr>
            <th scope="col">{words.by}</th>
            <th scope="col">{words.paid}</th>
            <th scope="col">{words.refunded}</th>
            <th scope="col">{words.net}</th>
            <th scope="col">{labels.of("field", "count")}</th>
          </tr>
        </thead>
        <tbody>
          {rows.map((row) => (
            <tr key={`${row.key}-${row.currency}`}>
              <td>{row.name ?? row.key ?? "–"}</td>
              <td><Money amount={row.paid} currency={row.currency} /></td>
              <td><Money amount={row.refunded} currency={row.currency} /></td>
              <td><Money amount={row.net} currency={row.currency} /></td>
              <td>{row.count}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
