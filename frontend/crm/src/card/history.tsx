/** What happened to the order, in sentences: who did what, when; the newest first (O10). */

import type { JSX } from "preact";
import type { EventView } from "@kwiga-orders/client";
import { Block } from "../parts/block.tsx";
import { Answered } from "../parts/states.tsx";
import { When } from "../parts/values.tsx";
import { useAsked } from "../state/asking.ts";
import { useSchool } from "../state/school.ts";
import { Actor } from "./actor.tsx";

export function History({ id, version }: { id: string; version: number }): JSX.Element {
  const { words } = useSchool();
  // asked again only when the order has another version: a history without news is not worth the way
  const asked = useAsked({ query: "history", order: id }, { live: version > 0 });
  return (
    <Block title={words.history}>
      <Answered asked={asked} lines={5}>
        {(answer) => {
          const rows = Array.isArray(answer) ? answer : answer.rows;
          return <ol class="history">{[...rows].reverse().map((row, n) => <Row key={rows.length - n} row={row} />)}</ol>;
        }}
      </Answered>
    </Block>
  );
}

function Row({ row }: { row: EventView }): JSX.Element {
  const { labels } = useSchool();
  const details = detailsOf(row.data);
  return (
    <li>
      <span class="history-when"><When at={row.at} /></span>
      <span>
        <strong>{labels.of("event", row.event)}</strong>
        {details === "" ? "" : `: ${details}`}
        <span class="muted"> <Actor of={row.actor} /></span>
      </span>
    </li>
  );
}

// what a person would say of an event; the rest is on the card
const told = ["title", "text", "amount", "reason", "comment", "by", "status", "to", "product", "code", "kind"];

function detailsOf(data: EventView["data"]): string {
  const values = new Map<string, unknown>(Object.entries(data));
  const words = told.map((name) => values.get(name)).filter((value) => typeof value === "string" || typeof value === "number");
  return words.slice(0, 3).join(", ");
}
