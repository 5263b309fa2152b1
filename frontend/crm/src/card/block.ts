/** What every block of the card has in common. */

import type { OrderView } from "@kwiga-orders/client";
import type { Actions } from "../parts/action.tsx";

/** What a block of the card is given: the order, and what may be done with it now. */
export interface BlockProps {
  order: OrderView;
  actions: Actions;
}
