/** The list: sorted, counted, summed, exported, and many orders changed at once (V1, V7, V10). */

import type { JSX } from "preact";
import { useEffect, useState } from "preact/hooks";
import { settled, type OrderFilter, type RowView } from "@kwiga-orders/client";
import { Chooser } from "../parts/chooser.tsx";
import { Answered, Empty } from "../parts/states.tsx";
import { Day, Money, Person, Pill } from "../parts/values.tsx";
import { useAsked } from "../state/asking.ts";
import { reasonOf, say } from "../state/doing.ts";
import { hrefOf, route } from "../state/route.ts";
import { useSchool } from "../state/school.ts";
import { ForEachDialog } from "./for-each.tsx";
import { columnNames, keptColumns, keepColumns, sortOf, type ColumnName } from "./list-columns.ts";
import { filterOf, setParameter, type Sort } from "./filters.ts";

const pageSize = 50;

export function OrderList({ funnels }: { funnels: readonly string[] }): JSX.Element {
  const { parameters } = route.value;
  const filter: OrderFilter = { ...filterOf(parameters), ...(funnels.length > 0 ? { funnel: [...funnels] } : {}) };
  const key = JSON.stringify(filter);
  const sort = (parameters.get("sort") ?? "-created") as Sort;
  const [shown, setShown] = useState(pageSize);
  useEffect(() => setShown(pageSize), [key]);
  const [columns, setColumns] = useState(keptColumns);
  const rows = useAsked({ ...filter, query: "orders", sort, limit: shown });
  const choose = (names: readonly ColumnName[]): void => (keepColumns(names), setColumns(names));
  return (
    <>
      <Summary filter={filter} columns={columns} onColumns={choose} />
      <Answered asked={rows} lines={14}>
        {(answer) => (
          <Rows
            rows={answer.rows}
            columns={columns}
            sort={sort}
            {...(answer.next === null ? {} : { onMore: () => setShown(shown + pageSize) })}
          />
        )}
      </Answered>
    </>
  );
}

interface SummaryProps {
  filter: OrderFilter;
  columns: readonly ColumnName[];
  onColumns: (names: readonly ColumnName[]) => void;
}

function Summary({ filter, columns, onColumns }: SummaryProps): JSX.Element {
  const { words, labels, client, session } = useSchool();
  const [isForAll, setForAll] = useState(false);
  const count = useAsked({ ...filter, query: "count" }).answer;
  const totals = useAsked({ ...filter, query: "totals" }).answer ?? {};
  const save = async (): Promise<void> => {
    const file = await settled(client.exported(filter, "csv"));
    if (!file.ok) return say(reasonOf(file.problem), "refused");
    const link = Object.assign(document.createElement("a"), {
      href: URL.createObjectURL(file.value),
      download: "orders.csv",
    });
    link.click();
    URL.revokeObjectURL(link.href);
  };
  return (
    <div class="summary">
      <strong data-testid="count">{count ?? "…"}</strong>
      {Object.entries(totals).map(([currency, sums]) => (
        <span key={currency} class="totals">
          {words.total} <Money amount={sums.total} currency={currency} /> · {words.paid}{" "}
          <Money amount={sums.paid} currency={currency} /> · {words.owed}{" "}
          <Money amount={sums.owed} currency={currency} />
        </span>
      ))}
      <span class="spacer" />
      {session.role === "viewer" ? null : (
        <button type="button" class="button" onClick={() => setForAll(true)}>
          {words.withSelected}
        </button>
      )}
      <Chooser
        title={words.columns}
        options={columnNames.map((value) => ({ value, text: labels.of("field", value) }))}
        chosen={columns}
        onTurn={(turned, isChosen) =>
          onColumns(columnNames.filter((name) => (name === turned ? isChosen : columns.includes(name))))
        }
      />
      <button type="button" class="button" onClick={() => void save()}>
        {words.exportCsv}
      </button>
      {isForAll ? <ForEachDialog filter={filter} onClose={() => setForAll(false)} /> : null}
    </div>
  );
}

interface RowsProps {
  rows: readonly RowView[];
  columns: readonly ColumnName[];
  sort: Sort;
  onMore?: () => void;
}

function Rows({ rows, columns, sort, onMore }: RowsProps): JSX.Element {
  const { words, labels } = useSchool();
  if (rows.length === 0) return <Empty>{words.nothingFound}</Empty>;
  return (
    <div class="table-scroll" tabIndex={0} role="region" aria-label={words.list}>
      <table class="list">
        <thead>
          <tr>
            {columns.map((name) => (
              <th key={name} scope="col" class={`column-${name}`} aria-sort={ariaSort(name, sort)}>
                {sortOf[name] === undefined ? (
                  labels.of("field", name)
                ) : (
                  <button type="button" class="sort" onClick={() => setParameter("sort", turned(name, sort))}>
                    {labels.of("field", name)}
                  </button>
                )}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map((row) => (
            <tr key={row.id}>
              {columns.map((name) => (
                <td key={name} class={`column-${name}`} data-label={labels.of("field", name)}>
                  <Cell row={row} name={name} />
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
      {onMore === undefined ? null : (
        <button type="button" class="button more" onClick={onMore}>
          {words.more}
        </button>
      )}
    </div>
  );
}

function turned(name: ColumnName, sort: Sort): string {
  const by = sortOf[name] ?? "created";
  return sort === `-${by}` ? by : `-${by}`;
}

function ariaSort(name: ColumnName, sort: Sort): "ascending" | "descending" | "none" | undefined {
  const by = sortOf[name];
  if (by === undefined) return undefined;
  return sort === by ? "ascending" : sort === `-${by}` ? "descending" : "none";
}

function Cell({ row, name }: { row: RowView; name: ColumnName }): JSX.Element {
  switch (name) {
    case "number":
      return <a href={hrefOf(["order", row.id])}>№ {row.number}</a>;
    case "contact":
      return <a href={hrefOf(["contact", row.contact])}>{row.contact_name ?? row.contact}</a>;
    case "email":
    case "phone":
      return <>{row[name] ?? "–"}</>;
    case "offer":
      return <>{row.offer_title ?? row.product_titles.join(", ")}</>;
    case "status":
      return <>{row.status_name ?? row.status}</>;
    case "funnel":
      return <>{row.funnel_name ?? row.funnel}</>;
    case "payment_status":
    case "type":
      return <Pill kind={name} value={row[name]} />;
    case "total":
    case "paid":
    case "owed":
    case "balance":
      return <Money amount={row[name]} currency={row.currency} />;
    case "manager":
      return <Person id={row.manager} name={row.manager_name} />;
    case "tags":
      return (
        <>
          {row.tags.map((tag) => (
            <span key={tag} class="tag">
              {tag}
            </span>
          ))}
        </>
      );
    case "created_at":
    case "updated_at":
    case "due_at":
      return <Day at={row[name]} />;
  }
}
