/** The board of a funnel: cards are moved by pointer and by keyboard, at once, and back if the service says no. */

import type { JSX } from "preact";
import { useState } from "preact/hooks";
import type { BoardView, ColumnView, FunnelView, RowView } from "@kwiga-orders/client";
import { Answered, Empty } from "../parts/states.tsx";
import { Money, Sums } from "../parts/values.tsx";
import { useAsked } from "../state/asking.ts";
import { perform } from "../state/doing.ts";
import { hrefOf, route } from "../state/route.ts";
import { useSchool } from "../state/school.ts";
import { filled } from "../words/index.ts";
import { startDrag } from "./dragging.ts";
import { walk } from "./walking.ts";
import { filterOf } from "./filters.ts";

/** Where cards have been put that the service has not confirmed yet: by order the status. */
type Moves = Readonly<Record<string, string>>;

export function Board({ funnel }: { funnel: FunnelView }): JSX.Element {
  const { words, session } = useSchool();
  const board = useAsked({ ...filterOf(route.value.parameters), query: "board", funnel: funnel.id, cards: 30 });
  const [moves, setMoves] = useState<Moves>({});
  const [announced, announce] = useState("");

  const move = async (card: RowView, status: string): Promise<void> => {
    if (card.status === status || session.role === "viewer") return;
    // shown before the service answers: nobody waits for the network to drag the next one
    setMoves((all) => ({ ...all, [card.id]: status }));
    const name = funnel.statuses.find((one) => one.id === status)?.name ?? status;
    const done = filled(words.movedTo, { number: card.number, status: name });
    announce(done);
    const command = { command: "move_order", order: card.id } as const;
    const outcome = await perform({ ...command, status }, { done, undo: { ...command, status: card.status } });
    if (!outcome.ok) announce(outcome.problem.message);
    setMoves(({ [card.id]: _, ...others }) => others);
  };
  return (
    <Answered asked={board} lines={16}>
      {(answer) => {
        const columns = moved(answer, moves);
        const isEmpty = columns.every((column) => column.cards.length === 0);
        return (
          <>
            <p class="visually-hidden" id="drag-hint">
              {words.dragHint}
            </p>
            <p class="visually-hidden" role="status">
              {announced}
            </p>
            {isEmpty ? <Empty>{words.nothingFound}</Empty> : null}
            {/* without cards nothing in it takes the focus by which it is scrolled */}
            <ol class="board" tabIndex={isEmpty ? 0 : undefined}>
              {columns.map((column, n) => (
                <Column
                  key={column.status}
                  column={column}
                  beside={[columns[n - 1]?.status, columns[n + 1]?.status]}
                  onMove={move}
                />
              ))}
            </ol>
          </>
        );
      }}
    </Answered>
  );
}

/** The board as it will be once all moves are confirmed. */
export function moved(board: BoardView, moves: Moves): ColumnView[] {
  const cards = board.columns.flatMap((column) => column.cards);
  return board.columns.map((column) => {
    const left = column.cards.filter((card) => (moves[card.id] ?? column.status) === column.status);
    const come = cards.filter((card) => moves[card.id] === column.status && card.status !== column.status);
    return {
      ...column,
      cards: [...come, ...left],
      count: column.count + come.length - (column.cards.length - left.length),
    };
  });
}

interface ColumnProps {
  column: ColumnView;
  beside: readonly [string | undefined, string | undefined];
  onMove: (card: RowView, status: string) => void;
}

function Column({ column, beside, onMove }: ColumnProps): JSX.Element {
  const { words } = useSchool();
  const more = column.count - column.cards.length;
  return (
    <li class={column.archived ? "column column-archived" : "column"} data-status={column.status}>
      <header style={{ "--status": column.colour ?? "var(--line)" }}>
        <h2>
          {column.name} <span class="count">{column.count}</span>
        </h2>
        <Sums of={column.sums} />
      </header>
      <ul aria-label={column.name}>
        {column.cards.map((card) => (
          <Card key={card.id} card={card} beside={beside} onMove={onMove} />
        ))}
      </ul>
      {more > 0 ? (
        <a
          class="link"
          href={hrefOf(["orders"], {
            view: "list",
            funnel: column.cards[0]?.funnel ?? "",
            status: column.status,
          })}
        >
          {words.more}: {more}
        </a>
      ) : null}
    </li>
  );
}

interface CardProps extends Omit<ColumnProps, "column"> {
  card: RowView;
}

function Card({ card, beside, onMove }: CardProps): JSX.Element {
  const { labels } = useSchool();
  const press = (event: KeyboardEvent): void => {
    if (!event.altKey) return walk(event);
    const step = { ArrowLeft: 0, ArrowRight: 1 }[event.key];
    const status = step === undefined ? undefined : beside[step];
    if (status === undefined) return;
    event.preventDefault();
    onMove(card, status);
    // the card is drawn anew in its new column: the focus follows it
    requestAnimationFrame(() => document.querySelector<HTMLElement>(`[data-order="${card.id}"]`)?.focus());
  };
  const isFull = card.payment_status === "paid";
  return (
    <li>
      <a
        class="card"
        data-order={card.id}
        href={hrefOf(["order", card.id])}
        draggable={false}
        aria-describedby="drag-hint"
        onKeyDown={press}
        onPointerDown={(event) => startDrag(event, (status) => onMove(card, status))}
      >
        <span class="card-top">
          <span class="number">№ {card.number}</span>
          <Money amount={card.total} currency={card.currency} />
        </span>
        <span class="card-name">
          <strong>{card.contact_name ?? card.contact}</strong>
          {card.manager === null ? null : (
            <span class="initials" title={card.manager_name ?? card.manager}>
              {initialsOf(card.manager_name ?? card.manager)}
            </span>
          )}
        </span>
        <span class="muted">{card.offer_title ?? card.product_titles.join(", ")}</span>
        <span class="card-bottom">
          {isFull ? null : (
            <span class={`pill pill-${card.payment_status === "unpaid" ? "open" : "half"}`}>
              {labels.of("payment_status", card.payment_status)}
            </span>
          )}
          {card.needs_attention ? <span class="pill pill-bad">{labels.of("field", "attention")}</span> : null}
          {card.tags.map((tag) => (
            <span key={tag} class="tag">
              {tag}
            </span>
          ))}
        </span>
      </a>
    </li>
  );
}

function initialsOf(name: string): string {
  return name
    .split(/\s+/)
    .slice(0, 2)
    .map((word) => word.slice(0, 1).toUpperCase())
    .join("");
}
