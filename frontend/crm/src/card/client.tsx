import type { JSX } from "preact";
import { settled } from "@kwiga-orders/client";
import { Block, Facts } from "../parts/block.tsx";
import { reasonOf, say } from "../state/doing.ts";
import { hrefOf } from "../state/route.ts";
import { useSchool } from "../state/school.ts";
import type { BlockProps } from "./block.ts";

/** Who it is for, how to reach them, and the way to their own page. */
export function Client({ order }: BlockProps): JSX.Element {
  const { words, labels } = useSchool();
  return (
    <Block title={words.client} actions={<LearnerLink contact={order.contact} />}>
      <Facts
        of={[
          [words.personName, <a href={hrefOf(["contact", order.contact])}>{order.contact_name ?? order.contact}</a>],
          [labels.of("field", "email"), order.email ? <a href={`mailto:${order.email}`}>{order.email}</a> : "–"],
          [labels.of("field", "phone"), order.phone ? <a href={`tel:${order.phone}`}>{order.phone}</a> : "–"],
        ]}
      />
    </Block>
  );
}

/** Copies the link to the learner's own page, which nobody can guess. */
export function LearnerLink({ contact }: { contact: string }): JSX.Element | null {
  const { words, client, session } = useSchool();
  if (session.role !== "owner" && session.role !== "manager") return null;
  const copy = async (): Promise<void> => {
    const link = await settled(client.customerLink(contact));
    if (!link.ok) return say(reasonOf(link.problem), "refused");
    await navigator.clipboard.writeText(`${location.origin}/${hrefOf(["mine", link.value.secret])}`);
    say(words.linkCopied, "done");
  };
  return (
    <button type="button" class="link" onClick={() => void copy()}>
      {words.openPage}
    </button>
  );
}
