/** Arrow keys on the board: a column may hold thirty cards, and nobody tabs through them all to reach the next one. */

/** Move the focus to the card beside: up and down in the column, left and right to the nearest column that has any. */
export function walk(event: KeyboardEvent): void {
  const card = event.currentTarget;
  if (!(card instanceof HTMLElement) || event.ctrlKey || event.metaKey || event.shiftKey) return;
  const column = card.closest("[data-status]");
  const own = cardsOf(column);
  const place = own.indexOf(card);
  const keys: Readonly<Record<string, () => HTMLElement | undefined>> = {
    ArrowUp: () => own[place - 1],
    ArrowDown: () => own[place + 1],
    ArrowLeft: () => beside(column, "previousElementSibling", place),
    ArrowRight: () => beside(column, "nextElementSibling", place),
  };
  const next = keys[event.key]?.();
  if (next === undefined) return;
  event.preventDefault();
  next.focus();
}

function cardsOf(column: Element | null): HTMLElement[] {
  return [...(column?.querySelectorAll<HTMLElement>("[data-order]") ?? [])];
}

function beside(
  column: Element | null,
  side: "previousElementSibling" | "nextElementSibling",
  place: number,
): HTMLElement | undefined {
  for (let other = column?.[side]; other; other = other[side]) {
    const cards = cardsOf(other);
    if (cards.length > 0) return cards[Math.min(place, cards.length - 1)];
  }
  return undefined;
}
