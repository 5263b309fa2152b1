/** The learner's own page: what is open and what is not, what comes next, what is owed; nothing of the team's. */

import type { JSX } from "preact";
import { localeValues, type ProductView } from "@kwiga-orders/client";
import { Block } from "../parts/block.tsx";
import { Answered, Empty } from "../parts/states.tsx";
import { Toasts } from "../parts/toasts.tsx";
import { useAsked } from "../state/asking.ts";
import { speak, useSchool } from "../state/school.ts";
import { OwnOrders } from "./own-orders.tsx";
import { Product } from "./product.tsx";

const names = { uk: "Українська", ru: "Русский", en: "English" } as const;

export function LearnerPage(): JSX.Element {
  const { words, session, locale } = useSchool();
  const products = useAsked({ query: "products", contact: session.id });
  return (
    <main class="learner" id="content">
      <header class="toolbar">
        <h1>{words.myProducts}</h1>
        <span class="spacer" />
        <div class="segmented" role="group" aria-label={words.language}>
          {localeValues.map((one) => <button key={one} type="button" lang={one} title={names[one]} aria-pressed={one === locale} onClick={() => void speak(one)}>{names[one].slice(0, 3)}</button>)}
        </div>
      </header>
      <Answered asked={products} lines={10}>
        {(all: readonly ProductView[]) => all.length === 0 ? <Empty>{words.noProducts}</Empty> : <>{[...all].sort((one, other) => Number(other.access.open) - Number(one.access.open)).map((one) => <Product key={one.product} product={one} />)}</>}
      </Answered>
      <Block title={words.myOrders}><OwnOrders /></Block>
      <Toasts />
    </main>
  );
}
