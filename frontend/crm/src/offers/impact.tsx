import type { JSX } from "preact";
import type { EditOffer } from "@kwiga-orders/client";
import { Answered } from "../parts/states.tsx";
import { Day } from "../parts/values.tsx";
import { useAsked } from "../state/asking.ts";
import { hrefOf } from "../state/route.ts";
import { useSchool } from "../state/school.ts";

const shown = 20;

/** Whose windows an edit of an offer moves, before it is applied (O8). */
export function Impact({ command }: { command: EditOffer }): JSX.Element {
  const { words } = useSchool();
  const asked = useAsked({ query: "offer_impact", command, limit: shown }, { live: false });
  return (
    <Answered asked={asked} lines={3}>
      {(answer) => {
        const rows = Array.isArray(answer) ? answer : answer.rows;
        if (rows.length === 0) return <p class="muted">{words.impactNone}</p>;
        return (
          <ul class="impact">
            {rows.map((row) => (
              <li key={`${row.order}-${row.product}`}>
                <a href={hrefOf(["order", row.order])}>№ {row.number}</a> {row.contact_name}: <Day at={row.before.ends_at} /> → <Day at={row.after.ends_at} />
                {row.open_before === row.open_after ? null : <span class="pill pill-half">{row.open_after ? words.open : words.closed}</span>}
              </li>
            ))}
          </ul>
        );
      }}
    </Answered>
  );
}
