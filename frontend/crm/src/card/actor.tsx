import type { JSX } from "preact";
import type { ActorView } from "@kwiga-orders/client";
import { useSchool } from "../state/school.ts";

/** Who did something: by name if the host knows it, else a person of the team by id, anybody else by what they are. */
export function Actor({ of: { kind, id }, name }: { of: ActorView; name: string | null }): JSX.Element {
  const { labels } = useSchool();
  return <span class="person">{name || (kind === "staff" && id !== "" ? id : labels.of("actor", kind))}</span>;
}
