/** What came in and went back, by day, month, offer…: bars that say their numbers, and a table of the same (V8). */

import type { JSX } from "preact";
import { useState } from "preact/hooks";
import { amountOf, dayOf, digitsOf, moneyOf, shownMoney, sumOf, takingsByValues, type Labels, type TakingsBy, type TakingsView } from "@kwiga-orders/client";
import { SelectField, TextField } from "../parts/fields.tsx";
import { Answered, Empty } from "../parts/states.tsx";
import { Money } from "../parts/values.tsx";
import { useAsked } from "../state/asking.ts";
import { useSchool } from "../state/school.ts";
import type { Words } from "../words/index.ts";

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
        <SelectField label={words.by} value={by} options={takingsByValues.map((value) => ({ value, text: nameOfKey(value, words, labels) }))} onValue={setBy} />
      </header>
      <Answered asked={asked}>
        {(rows) => rows.length === 0 ? <Empty>{words.nothing}</Empty> : (
          <>
            <Chart rows={rows} by={by} />
            <Table rows={rows} by={by} />
          </>
        )}
      </Answered>
    </section>
  );
}

/** What the rows are by, in words. */
function nameOfKey(by: TakingsBy, words: Words, labels: Labels): string {
  return by === "day" || by === "month" ? words[units[by]] : labels.of("field", by);
}

const [height, floor, left] = [260, 230, 64];
// the picture is scaled to its place: drawn near its size, its letters are as tall as those beside it
const widthOf = (): number => (innerWidth < 700 ? 400 : innerWidth < 1100 ? 640 : 1100);
const mostBars = 60;

/** The keys of rows as people say them: months and days of the calendar, labels of codes, names. */
function useKeyName(by: TakingsBy): (row: TakingsView) => string {
  const { labels, locale } = useSchool();
  return (row) => {
    if (row.key === null) return "–";
    // a day of the calendar has no zone, so it is shown as it stands
    const day = (form: Intl.DateTimeFormatOptions): string => new Intl.DateTimeFormat(locale, { timeZone: "UTC", ...form }).format(new Date(row.key ?? ""));
    if (by === "month") return day({ month: "long", year: "numeric" });
    if (by === "day") return day({ day: "numeric", month: "short", year: "numeric" });
    return by === "kind" ? labels.of("payment_kind", row.key) : (row.name ?? row.key);
  };
}

function Chart({ rows, by }: { rows: readonly TakingsView[]; by: TakingsBy }): JSX.Element {
  const { words, locale } = useSchool();
  const nameOf = useKeyName(by);
  const shown = rows.slice(-mostBars);
  // of one currency at a time: hryvnias and euros have no common scale
  const currency = shown[0]?.currency ?? "";
  const bars = shown.filter((row) => row.currency === currency);
  const major = (amount: string): number => Number(moneyOf(amount, currency).minor) / 10 ** digitsOf(currency);
  const top = roundedUp(Math.max(1, ...bars.map((row) => major(row.paid))));
  const width = widthOf();
  const step = (width - left) / bars.length;
  const tall = (amount: string): number => Math.max(0, (major(amount) / top) * (floor - 20));
  const every = Math.ceil((bars.length * 120) / (width - left));
  const short = new Intl.NumberFormat(locale, { notation: "compact" });
  return (
    <svg class="chart" viewBox={`0 0 ${width} ${height}`} role="img" aria-label={`${words.takings}, ${currency}`}>
      {[0, 0.25, 0.5, 0.75, 1].map((part) => (
        <g key={part}>
          <line class="chart-floor" x1={left} x2={width} y1={floor - part * (floor - 20)} y2={floor - part * (floor - 20)} />
          <text class="chart-name" x={left - 8} y={floor - part * (floor - 20) + 4} text-anchor="end">{short.format(part * top)}</text>
        </g>
      ))}
      {bars.map((row, n) => (
        <g key={row.key ?? n}>
          <rect class="chart-paid" x={left + n * step + step * 0.2} y={floor - tall(row.paid)} width={step * 0.6} height={tall(row.paid)} rx={2}>
            <title>{`${nameOf(row)}: ${shownMoney(row.paid, currency, locale)}`}</title>
          </rect>
          <rect class="chart-refunded" x={left + n * step + step * 0.2} y={floor - tall(row.refunded)} width={step * 0.6} height={tall(row.refunded)}>
            <title>{`${words.refunded}: ${shownMoney(row.refunded, currency, locale)}`}</title>
          </rect>
          {n % every === 0 ? <text class="chart-name" x={left + n * step + step / 2} y={floor + 18} text-anchor="middle">{shortened(nameOf(row))}</text> : null}
        </g>
      ))}
    </svg>
  );
}

/** The next number of the kind 1, 2, 2.5, 5, 10…, so that the scale has round steps. */
function roundedUp(most: number): number {
  const unit = 10 ** Math.floor(Math.log10(most));
  return unit * ([1, 2, 2.5, 5, 10].find((step) => step * unit >= most) ?? 10);
}

function shortened(name: string): string {
  return name.length > 16 ? `${name.slice(0, 15)}…` : name;
}

function Table({ rows, by }: { rows: readonly TakingsView[]; by: TakingsBy }): JSX.Element {
  const { words, labels } = useSchool();
  const nameOf = useKeyName(by);
  const currencies = [...new Set(rows.map((row) => row.currency))];
  const sum = (name: "paid" | "refunded" | "net", currency: string): JSX.Element => {
    const amounts = rows.filter((row) => row.currency === currency).map((row) => moneyOf(row[name], currency));
    return <Money amount={amountOf(sumOf(amounts, currency))} currency={currency} />;
  };
  return (
    <div class="table-scroll" tabIndex={0} role="region" aria-label={words.takings}>
      <table class="list">
        <thead>
          <tr>
            <th scope="col">{nameOfKey(by, words, labels)}</th>
            <th scope="col" class="number">{words.paid}</th>
            <th scope="col" class="number">{words.refunded}</th>
            <th scope="col" class="number">{words.net}</th>
            <th scope="col" class="number">{labels.of("field", "count")}</th>
          </tr>
        </thead>
        <tbody>
          {rows.map((row) => (
            <tr key={`${row.key}-${row.currency}`}>
              <th scope="row">{nameOf(row)}</th>
              <td class="number" data-label={words.paid}><Money amount={row.paid} currency={row.currency} /></td>
              <td class="number" data-label={words.refunded}><Money amount={row.refunded} currency={row.currency} /></td>
              <td class="number column-net" data-label={words.net}><Money amount={row.net} currency={row.currency} /></td>
              <td class="number" data-label={labels.of("field", "count")}>{row.count}</td>
            </tr>
          ))}
        </tbody>
        <tfoot>
          {currencies.map((currency) => (
            <tr key={currency}>
              <th scope="row">{words.total}</th>
              <td class="number" data-label={words.paid}>{sum("paid", currency)}</td>
              <td class="number" data-label={words.refunded}>{sum("refunded", currency)}</td>
              <td class="number column-net" data-label={words.net}>{sum("net", currency)}</td>
              <td class="number" data-label={labels.of("field", "count")}>{rows.filter((row) => row.currency === currency).reduce((all, row) => all + row.count, 0)}</td>
            </tr>
          ))}
        </tfoot>
      </table>
    </div>
  );
}
