/** What a command would do, before it does: what changes on the card, and which letters go out (K3). */

import type { JSX } from "preact";
import { useEffect, useState } from "preact/hooks";
import { settled, type Command, type OrderView, type PaymentView, type PreviewView, type ProblemError } from "@kwiga-orders/client";
import { Day, Money, Pill } from "../parts/values.tsx";
import { busy, reasonOf } from "../state/doing.ts";
import { useSchool } from "../state/school.ts";
import { useAsked } from "../state/asking.ts";

// typing should not ask for every letter
const quietFor = 250;

/** The preview of a command as it is being written; null while it cannot be written yet. */
export function usePreview(command: Command | null): { preview: PreviewView | null; problem: ProblemError | null } {
  const { client } = useSchool();
  const [found, setFound] = useState<{ preview: PreviewView | null; problem: ProblemError | null }>({
    preview: null,
    problem: null,
  });
  const key = JSON.stringify(command);
  useEffect(() => {
    if (command === null) return setFound({ preview: null, problem: null });
    let isWanted = true;
    const timer = setTimeout(async () => {
      if (busy.value > 0) return;
      const outcome = await settled(client.preview(command));
      if (!isWanted) return;
      setFound(outcome.ok ? { preview: outcome.value, problem: null } : { preview: null, problem: outcome.problem });
    }, quietFor);
    return () => ((isWanted = false), clearTimeout(timer));
  }, [key]);
  return found;
}

export function PreviewPanel({ command }: { command: Command | null }): JSX.Element {
  const { words, labels } = useSchool();
  const { preview, problem } = usePreview(command);
  const order = command !== null && "order" in command && typeof command.order === "string" ? command.order : null;
  const stored = useAsked(order === null ? null : { query: "order", order }).answer;
  if (problem !== null)
    return (
      <p class="failed" role="alert">
        {reasonOf(problem)}
      </p>
    );
  if (preview === null)
    return (
      <div class="preview" aria-busy={command !== null}>
        <h3>{words.preview}</h3>
      </div>
    );
  const next = preview.views["order"];
  const changes = next === undefined ? [] : changesBetween(stored, next);
  return (
    <div class="preview" role="status">
      <h3>{words.preview}</h3>
      {changes.length === 0 ? (
        // what is not on the card, such as a task or a merge, is at least named
        <p>{[...new Set(preview.events)].map((event) => labels.of("event", event)).join(", ") || words.previewNothing}</p>
      ) : (
        <table>
          <thead>
            <tr>
              <td />
              <th scope="col">{words.before}</th>
              <th scope="col">{words.after}</th>
            </tr>
          </thead>
          <tbody>
            {changes.map(({ name, before, after }, n) => (
              <tr key={n}>
                <th scope="row">{labels.of("field", name)}</th>
                <td>{before}</td>
                <td>{after}</td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
      {next?.contact_name ? (
        <p>
          {words.forWhom}: {next.contact_name}
        </p>
      ) : null}
      <p>
        {preview.letters.length === 0
          ? words.noLetters
          : `${words.willSend}: ${preview.letters.map((letter) => labels.of("letter_kind", letter.kind)).join(", ")}`}
      </p>
    </div>
  );
}

interface Difference {
  name: string;
  before: JSX.Element;
  after: JSX.Element;
}

const sums = ["price", "discount", "total", "paid", "refunded", "balance", "owed"] as const;
const texts = ["status_name", "funnel_name", "manager_name", "comment"] as const;

/** What differs between two cards of one order; of an order that is not there yet, all of it is new. */
export function changesBetween(before: OrderView | undefined, after: OrderView): Difference[] {
  const found: Difference[] = [];
  const none = <span class="muted">–</span>;
  for (const name of sums) {
    if (before?.[name] === after[name]) continue;
    if (before === undefined && !/[1-9]/.test(after[name])) continue;
    const was = before === undefined ? none : <Money amount={before[name]} currency={before.currency} />;
    found.push({ name, before: was, after: <Money amount={after[name]} currency={after.currency} /> });
  }
  if (before?.payment_status !== after.payment_status) {
    const was = before === undefined ? none : <Pill kind="payment_status" value={before.payment_status} />;
    found.push({
      name: "payment_status",
      before: was,
      after: <Pill kind="payment_status" value={after.payment_status} />,
    });
  }
  for (const name of texts) {
    if ((before?.[name] ?? null) !== after[name])
      found.push({ name, before: <>{before?.[name] ?? none}</>, after: <>{after[name] ?? none}</> });
  }
  for (const payment of before === undefined ? [] : after.payments) {
    const was = before?.payments.find((one) => one.id === payment.id);
    if (was?.amount === payment.amount && was.state === payment.state) continue;
    const shown = (one: PaymentView): JSX.Element => (
      <>
        <Money amount={one.amount} currency={after.currency} /> <Pill kind="payment_state" value={one.state} />
      </>
    );
    found.push({ name: "payment", before: was === undefined ? none : shown(was), after: shown(payment) });
  }
  for (const line of before?.lines ?? []) {
    if (after.lines.some((one) => one.product === line.product)) continue;
    found.push({ name: "product", before: <>{line.product_title ?? line.product}</>, after: none });
  }
  for (const line of after.lines) {
    const was = before?.lines.find((one) => one.product === line.product);
    if (was === undefined) found.push({ name: "product", before: none, after: <>{line.product_title ?? line.product}</> });
    for (const name of ["starts_at", "ends_at"] as const) {
      if (was?.[name] === line[name] && (was !== undefined || line[name] === null)) continue;
      found.push({ name, before: <Day at={was?.[name] ?? null} />, after: <Day at={line[name]} /> });
    }
  }
  return found;
}
