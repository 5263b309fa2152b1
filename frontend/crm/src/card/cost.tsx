import type { JSX } from "preact";
import type { OrderView } from "@kwiga-orders/client";
import { Block } from "../parts/block.tsx";
import { Money } from "../parts/values.tsx";
import { useSchool } from "../state/school.ts";

/** The cost, in lines that add up: prices − discount + plan difference + on top = total (M5). */
export function Cost({ order }: { order: Pick<OrderView, (typeof lines)[number] | "currency"> }): JSX.Element {
  const { words, labels } = useSchool();
  return (
    <Block title={words.cost}>
      <table class="sums-table">
        <tbody>
          {lines
            .filter((name) => always.has(name) || /[1-9]/.test(order[name]))
            .map((name) => (
              <tr key={name} class={`sum-${name}`}>
                <th scope="row">{labels.of("field", name)}</th>
                <td>
                  {name === "discount" && /[1-9]/.test(order.discount) ? "−" : ""}
                  <Money amount={order[name]} currency={order.currency} />
                </td>
              </tr>
            ))}
        </tbody>
      </table>
    </Block>
  );
}

const lines = [
  "price",
  "discount",
  "plan_difference",
  "on_top",
  "total",
  "paid",
  "refunded",
  "balance",
  "owed",
  "overpaid",
] as const;
const always: ReadonlySet<string> = new Set(["price", "discount", "total", "paid", "balance"]);
