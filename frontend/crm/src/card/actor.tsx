import type { JSX } from "preact";
import type { ActorView } from "@kwiga-orders/client";
import { useSchool } from "../state/school.ts";
import { usePeople } from "../state/people.ts";

/** Who did something: a person of the team by name, anybody else by what they are. */
export function Actor({ of: { kind, id } }: { of: ActorView }): JSX.Element {
  const { labels } = useSchool();
  const people = usePeople();
  const person = people.find((one) => one.value === id);
  return <span class="person">{person?.text ?? (kind === "staff" && id !== "" ? id : labels.of("actor", kind))}</span>;
}
