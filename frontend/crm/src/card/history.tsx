/** What happened to the order, in sentences: who did what, when; the newest first (O10). */

import type { JSX } from "preact";
import { useState } from "preact/hooks";
import type { EventView, OrderView } from "@kwiga-orders/client";
import { Block } from "../parts/block.tsx";
import { Answered } from "../parts/states.tsx";
import { When } from "../parts/values.tsx";
import { useAsked } from "../state/asking.ts";
import { useSchool } from "../state/school.ts";
import { Actor } from "./actor.tsx";
import { detailsOf } from "./history-details.ts";

// what is older is asked for seldom, and stands above what the team writes on a phone
const newest = 12;

export function History({ order }: { order: OrderView }): JSX.Element {
  const { words } = useSchool();
  const [isWhole, setWhole] = useState(false);
  const asked = useAsked({ query: "history", order: order.id });
  return (
    <Block title={words.history}>
      <Answered asked={asked} lines={5}>
        {(answer) => {
          const rows = Array.isArray(answer) ? answer : answer.rows;
          const left = isWhole ? 0 : Math.max(0, rows.length - newest);
          return (
            <>
              <ol class="history">
                {rows
                  .slice(left)
                  .reverse()
                  .map((row, n) => (
                    <Row key={rows.length - n} row={row} order={order} />
                  ))}
              </ol>
              {left === 0 ? null : (
                <button type="button" class="link" onClick={() => setWhole(true)}>
                  {words.more}: {left}
                </button>
              )}
            </>
          );
        }}
      </Answered>
    </Block>
  );
}

function Row({ row, order }: { row: EventView; order: OrderView }): JSX.Element {
  const school = useSchool();
  const details = detailsOf(row, order, school);
  return (
    <li>
      <span class="history-when">
        <When at={row.at} />
      </span>
      <span>
        <strong>{school.labels.of("event", row.event)}</strong>
        {details === "" ? "" : `: ${details}`}
        <span class="muted">
          {" · "}
          <Actor of={row.actor} name={row.actor_name} />
        </span>
      </span>
    </li>
  );
}
