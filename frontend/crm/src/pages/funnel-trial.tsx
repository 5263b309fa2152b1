import type { JSX } from "preact";
import type { FunnelView } from "@kwiga-orders/client";
import { Block } from "../parts/block.tsx";
import { Answered } from "../parts/states.tsx";
import { useAsked } from "../state/asking.ts";
import { useSchool } from "../state/school.ts";

/** How orders of the past went through the funnel: how many entered each status, what share moved on (F8). */
export function Trial({ funnel }: { funnel: FunnelView }): JSX.Element {
  const { words } = useSchool();
  const asked = useAsked({ query: "conversion", funnel: funnel.id });
  return (
    <Block title={words.trial}>
      <p class="muted">{words.trialHint}</p>
      <Answered asked={asked} lines={4}>
        {({ statuses }) => {
          const most = Math.max(1, ...statuses.map((one) => one.entered));
          return (
            <table class="conversion">
              <tbody>
                {statuses.map((one) => (
                  <tr key={one.status}>
                    <th scope="row">{one.name}</th>
                    <td class="bar-cell"><span class="bar" style={{ width: `${(one.entered / most) * 100}%` }} /></td>
                    <td>{one.entered}</td>
                    <td class="muted">{Math.round(Number(one.rate))} %</td>
                  </tr>
                ))}
              </tbody>
            </table>
          );
        }}
      </Answered>
    </Block>
  );
}
