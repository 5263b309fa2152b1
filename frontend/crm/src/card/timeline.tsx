/** The life of an order as a picture: windows, freezes, payments, and where we are now. */

import type { JSX } from "preact";
import { shownDay, type OrderView } from "@kwiga-orders/client";
import { Block } from "../parts/block.tsx";
import { useSchool } from "../state/school.ts";

const width = 720;
const rowHeight = 26;
const left = 150;

export function Timeline({ order }: { order: OrderView }): JSX.Element {
  const { words, labels, session, locale } = useSchool();
  const instants = momentsOf(order);
  const [first, last] = [Math.min(...instants), Math.max(...instants)];
  const span = Math.max(last - first, 86_400_000);
  const x = (at: string | number): number =>
    left + (((typeof at === "number" ? at : Date.parse(at)) - first) / span) * (width - left - 16);
  const day = (at: number): string => shownDay(new Date(at).toISOString(), session.timezone, locale);
  const height = (order.lines.length + 1) * rowHeight + 28;
  return (
    <Block title={words.timeline}>
      {/* as wide as its letters need: a phone scrolls it, instead of shrinking them */}
      <div class="picture-scroll" tabIndex={0} role="group" aria-label={words.timeline}>
        <svg
          class="timeline"
          viewBox={`0 0 ${width} ${height}`}
          role="img"
          aria-label={`${words.timeline}: ${day(first)} – ${day(last)}`}
        >
          {order.lines.map((line, n) => {
            const y = n * rowHeight + 6;
            const end = line.ends_at ?? new Date(last).toISOString();
            return (
              <g key={line.product}>
                <text class="timeline-name" x={0} y={y + 12}>
                  {shortened(line.product_title ?? line.product)}
                </text>
                {line.starts_at === null ? null : (
                  <rect
                    class="timeline-window"
                    x={x(line.starts_at)}
                    y={y}
                    width={Math.max(2, x(end) - x(line.starts_at))}
                    height={14}
                    rx={3}
                  >
                    <title>{`${words.access}: ${day(Date.parse(line.starts_at))} – ${line.ends_at === null ? words.forever : day(Date.parse(line.ends_at))}`}</title>
                  </rect>
                )}
                {line.adjustments
                  .filter((one) => one.kind === "freeze" && one.starts_at !== null && one.ends_at !== null)
                  .map((one) => (
                    <rect
                      key={one.starts_at}
                      class="timeline-freeze"
                      x={x(one.starts_at ?? first)}
                      y={y}
                      width={Math.max(2, x(one.ends_at ?? first) - x(one.starts_at ?? first))}
                      height={14}
                    >
                      <title>{labels.of("adjustment", "freeze")}</title>
                    </rect>
                  ))}
              </g>
            );
          })}
          <text class="timeline-name" x={0} y={order.lines.length * rowHeight + 18}>
            {words.payments}
          </text>
          {order.payments
            .filter((payment) => payment.state !== "void")
            .map((payment) => (
              <circle
                key={payment.id}
                class={payment.paid_at === null ? "timeline-due" : "timeline-paid"}
                cx={x(payment.paid_at ?? payment.due_at)}
                cy={order.lines.length * rowHeight + 13}
                r={5}
              >
                <title>{`${payment.amount} ${order.currency}, ${labels.of("payment_state", payment.state)}, ${day(Date.parse(payment.paid_at ?? payment.due_at))}`}</title>
              </circle>
            ))}
          <line class="timeline-now" x1={x(Date.now())} x2={x(Date.now())} y1={0} y2={height - 22} />
          <text class="timeline-day" x={left} y={height - 6}>
            {day(first)}
          </text>
          {day(last) === day(first) ? null : (
            <text class="timeline-day" x={width - 16} y={height - 6} text-anchor="end">
              {day(last)}
            </text>
          )}
        </svg>
      </div>
    </Block>
  );
}

/** Every instant that the picture has to hold; a little room for what has no end. */
function momentsOf(order: OrderView): number[] {
  const windows = order.lines.flatMap((line) => [line.starts_at, line.ends_at]);
  const payments = order.payments.filter((one) => one.state !== "void").map((one) => one.paid_at ?? one.due_at);
  const found = [order.created_at, ...windows, ...payments].filter((at) => at !== null).map((at) => Date.parse(at));
  return [...found, Date.now()].concat(
    order.lines.some((line) => line.starts_at !== null && line.ends_at === null)
      ? [Math.max(...found, Date.now()) + 30 * 86_400_000]
      : [],
  );
}

function shortened(text: string): string {
  return text.length > 20 ? `${text.slice(0, 19)}…` : text;
}
