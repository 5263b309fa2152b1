/** The staff's card of an order: every block of the help articles, on one page (V4). */

import type { JSX } from "preact";
import { Answered } from "../parts/states.tsx";
import { useAsked } from "../state/asking.ts";
import { WholeOrder } from "../forms/whole-order.tsx";
import { Attention } from "./attention.tsx";
import { Client } from "./client.tsx";
import { Cost } from "./cost.tsx";
import { General } from "./general.tsx";
import { History } from "./history.tsx";
import { Lines } from "./lines.tsx";
import { NewOrder } from "./new-order.tsx";
import { Notes } from "./notes.tsx";
import { Payments } from "./payments.tsx";
import { Subscription } from "./subscription.tsx";
import { Tasks } from "./tasks.tsx";
import { Timeline } from "./timeline.tsx";

export function CardPage({ parts }: { parts: readonly string[] }): JSX.Element {
  const id = parts[0] ?? "new";
  if (id === "whole") return <WholeOrder />;
  return id === "new" ? <NewOrder /> : <Card key={id} id={id} />;
}

function Card({ id }: { id: string }): JSX.Element {
  const asked = useAsked({ query: "order", order: id });
  const actions = useAsked({ query: "actions", order: id }).answer ?? {};
  return (
    <Answered asked={asked} lines={18}>
      {(order) => (
        <article class="order-card">
          <General order={order} actions={actions} />
          <Attention order={order} actions={actions} />
          {/* in the order of a phone: who it is and what it costs come first, what the team writes comes last */}
          <div class="order-columns card-columns">
            <aside>
              <Client order={order} actions={actions} />
              <Cost order={order} />
              <Subscription order={order} actions={actions} />
            </aside>
            <div>
              <Lines order={order} actions={actions} />
              <Payments order={order} actions={actions} />
              <Timeline order={order} />
              <History order={order} />
            </div>
            <aside>
              <Tasks order={order} actions={actions} />
              <Notes order={order} actions={actions} />
            </aside>
          </div>
        </article>
      )}
    </Answered>
  );
}
