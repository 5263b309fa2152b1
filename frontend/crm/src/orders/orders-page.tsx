/** Orders as a board or a list: the same filters, the same search, the same funnel (V1). */

import type { JSX } from "preact";
import { useState } from "preact/hooks";
import type { FunnelView } from "@kwiga-orders/client";
import { Answered } from "../parts/states.tsx";
import { useAsked } from "../state/asking.ts";
import { hrefOf, route } from "../state/route.ts";
import { useSchool } from "../state/school.ts";
import { Board } from "./board.tsx";
import { FilterPanel } from "./filter-panel.tsx";
import { clearFilters, countOf, setParameter } from "./filters.ts";
import { OrderList } from "./order-list.tsx";

export function OrdersPage(): JSX.Element {
  const funnels = useAsked({ query: "funnels" }, { live: false });
  return (
    <Answered asked={funnels} lines={12}>
      {(all) => <Orders funnels={all} />}
    </Answered>
  );
}

function Orders({ funnels }: { funnels: readonly FunnelView[] }): JSX.Element {
  const { parameters } = route.value;
  const [areShown, setShown] = useState(false);
  const chosen = parameters.get("funnel");
  const funnel = funnels.find((one) => one.id === chosen) ?? funnels.find((one) => one.default) ?? funnels[0];
  const isList = parameters.get("view") === "list";
  if (funnel === undefined) return <></>;
  return (
    <section class="orders">
      <Toolbar
        funnels={funnels}
        chosen={isList && chosen === null ? "" : funnel.id}
        areShown={areShown}
        onShown={setShown}
      />
      {areShown ? <FilterPanel funnel={funnel} /> : null}
      {isList ? <OrderList funnels={chosen === null ? [] : [funnel.id]} /> : <Board funnel={funnel} />}
    </section>
  );
}

interface ToolbarProps {
  funnels: readonly FunnelView[];
  chosen: string;
  areShown: boolean;
  onShown: (shown: boolean) => void;
}

function Toolbar({ funnels, chosen, areShown, onShown }: ToolbarProps): JSX.Element {
  const { words, labels, session } = useSchool();
  const { parameters } = route.value;
  const isList = parameters.get("view") === "list";
  const count = countOf(parameters);
  return (
    <header class="toolbar">
      <h1 class="visually-hidden">{words.orders}</h1>
      <select
        class="funnel-switch"
        aria-label={labels.of("field", "funnel")}
        value={chosen}
        onChange={(event) => setParameter("funnel", event.currentTarget.value)}
      >
        {isList ? <option value="">{words.all}</option> : null}
        {funnels.map((funnel) => (
          <option key={funnel.id} value={funnel.id}>
            {funnel.name}
          </option>
        ))}
      </select>
      <div class="segmented" role="group" aria-label={words.orders}>
        <button type="button" aria-pressed={!isList} onClick={() => setParameter("view")}>
          {words.board}
        </button>
        <button type="button" aria-pressed={isList} onClick={() => setParameter("view", "list")}>
          {words.list}
        </button>
      </div>
      <input
        type="search"
        class="search"
        placeholder={words.search}
        aria-label={words.search}
        value={parameters.get("search") ?? ""}
        onInput={(event) => setParameter("search", event.currentTarget.value)}
      />
      <button type="button" class="button" aria-expanded={areShown} onClick={() => onShown(!areShown)}>
        {words.filters}
        {count > 0 ? <span class="count">{count}</span> : null}
      </button>
      {count > 0 ? (
        <button type="button" class="link" onClick={clearFilters}>
          {words.clear}
        </button>
      ) : null}
      {session.role === "viewer" ? null : (
        <a class="button primary new-order-link" href={hrefOf(["order", "new"])}>
          <span>{words.newOrder}</span>
        </a>
      )}
    </header>
  );
}
