/** Dragging a card with any pointer: mouse, pen or finger. Built by hand, because the platform's own has no touch. */

// a finger trembles: less than this is a click
const threshold = 6;

/** Begin at a pointer that went down on a card; `onDrop` gets the status of the column it is let go over. */
export function startDrag(event: PointerEvent, onDrop: (status: string) => void): void {
  const card = event.currentTarget;
  if (!(card instanceof HTMLElement) || event.button !== 0) return;
  const start = { x: event.clientX, y: event.clientY };
  let ghost: HTMLElement | null = null;
  let target: Element | null = null;
  // a finger that scrolls the page must be able to: a drag by touch begins with a short press
  const pressedLong = event.pointerType === "touch" ? wait(250) : Promise.resolve();
  let mayDrag = false;
  void pressedLong.then(() => (mayDrag = true));

  const move = (now: PointerEvent): void => {
    const [dx, dy] = [now.clientX - start.x, now.clientY - start.y];
    if (ghost === null) {
      if (!mayDrag || Math.hypot(dx, dy) < threshold) return;
      ghost = ghostOf(card);
    }
    ghost.style.transform = `translate(${dx}px, ${dy}px) rotate(1deg)`;
    const over = document.elementFromPoint(now.clientX, now.clientY)?.closest("[data-status]") ?? null;
    if (over !== target) {
      target?.classList.remove("column-target");
      over?.classList.add("column-target");
      target = over;
    }
  };
  const end = (): void => {
    stop.abort();
    target?.classList.remove("column-target");
    card.classList.remove("card-dragged");
    if (ghost === null) return;
    ghost.remove();
    // the click that ends a drag must not open the card
    addEventListener("click", (click) => click.preventDefault(), { capture: true, once: true });
    const status = target?.getAttribute("data-status");
    if (status !== null && status !== undefined) onDrop(status);
  };
  const stop = new AbortController();
  addEventListener("pointermove", move, { signal: stop.signal });
  addEventListener("pointerup", end, { signal: stop.signal });
  addEventListener("pointercancel", () => ((target = null), end()), { signal: stop.signal });
  addEventListener("touchmove", (touch) => ghost !== null && touch.preventDefault(), {
    signal: stop.signal,
    passive: false,
  });
}

/** A copy of the card that follows the pointer and is in nobody's way. */
function ghostOf(card: HTMLElement): HTMLElement {
  const place = card.getBoundingClientRect();
  const ghost = card.cloneNode(true) as HTMLElement;
  ghost.classList.add("card-ghost");
  ghost.removeAttribute("data-order");
  ghost.setAttribute("aria-hidden", "true");
  Object.assign(ghost.style, { left: `${place.left}px`, top: `${place.top}px`, width: `${place.width}px` });
  card.classList.add("card-dragged");
  document.body.append(ghost);
  return ghost;
}

function wait(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}
