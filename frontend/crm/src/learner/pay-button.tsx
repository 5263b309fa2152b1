import type { JSX } from "preact";
import { settled } from "@kwiga-orders/client";
import { reasonOf, say } from "../state/doing.ts";
import { useSchool } from "../state/school.ts";

/** Leads to the page where a payment is paid; the link is asked for when it is wanted (P3). */
export function PayButton({ order, payment }: { order: string; payment: string }): JSX.Element {
  const { words, client } = useSchool();
  const pay = async (): Promise<void> => {
    const link = await settled(client.link(order, payment));
    if (!link.ok) return say(reasonOf(link.problem), "refused");
    location.assign(link.value.url);
  };
  return <button type="button" class="button primary" onClick={() => void pay()}>{words.pay}</button>;
}
