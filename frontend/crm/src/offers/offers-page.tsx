import type { JSX } from "preact";
import { Answered, Empty } from "../parts/states.tsx";
import { Money, Pill } from "../parts/values.tsx";
import { useAsked } from "../state/asking.ts";
import { hrefOf, route } from "../state/route.ts";
import { setParameter } from "../orders/filters.ts";
import { useSchool } from "../state/school.ts";
import { optionsOf, optionText } from "./options.ts";

export function OffersPage(): JSX.Element {
  const { words, labels, session } = useSchool();
  const search = route.value.parameters.get("search") ?? "";
  const asked = useAsked({ query: "offers", ...(search === "" ? {} : { search }) });
  return (
    <section>
      <header class="toolbar">
        <h1>{words.offers}</h1>
        <input type="search" class="search" aria-label={words.search} placeholder={labels.of("field", "title")} value={search} onInput={(event) => setParameter("search", event.currentTarget.value)} />
        <span class="spacer" />
        {session.role === "owner" ? <a class="button primary" href={hrefOf(["offer", "new"])}>{words.newOffer}</a> : null}
      </header>
      <Answered asked={asked}>
        {(offers) => offers.length === 0 ? <Empty>{words.nothingFound}</Empty> : (
          <ul class="offers">
            {offers.map((offer) => (
              <li key={offer.code} class="offer">
                <header>
                  <h2><a href={hrefOf(["offer", offer.code])}>{offer.title}</a></h2>
                  <Pill kind="offer_state" value={offer.state} />
                </header>
                <ul>
                  {offer.items.map((item) => <li key={item.product} class="offer-item"><span>{item.product_title ?? item.product}</span><Money amount={item.price} currency={offer.currency} /></li>)}
                </ul>
                <ul class="muted">{optionsOf(offer).map((one) => <li key={one.id}>{optionText(one, labels, offer.currency)}</li>)}</ul>
                <footer class="muted">{labels.of("field", "version")} {offer.version} · {words.orders}: {offer.orders}</footer>
              </li>
            ))}
          </ul>
        )}
      </Answered>
    </section>
  );
}
