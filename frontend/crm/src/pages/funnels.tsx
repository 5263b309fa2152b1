/** Funnels: their statuses in order, the rules that move orders, and a trial of them on the past (S3, F1–F8). */

import type { JSX } from "preact";
import { useState } from "preact/hooks";
import type { FunnelRule, FunnelView } from "@kwiga-orders/client";
import { Block } from "../parts/block.tsx";
import { Dialog } from "../parts/dialog.tsx";
import { TextField } from "../parts/fields.tsx";
import { Answered } from "../parts/states.tsx";
import { useAsked } from "../state/asking.ts";
import { perform } from "../state/doing.ts";
import { hrefOf } from "../state/route.ts";
import { useSchool } from "../state/school.ts";
import { RemoveFunnel } from "./funnel-remove.tsx";
import { Rules } from "./funnel-rules.tsx";
import { Statuses } from "./funnel-statuses.tsx";
import { Conversion, Trial } from "./funnel-trial.tsx";

export function FunnelsPage({ parts }: { parts: readonly string[] }): JSX.Element {
  const { words, session } = useSchool();
  const [isNew, setNew] = useState(false);
  const asked = useAsked({ query: "funnels" });
  return (
    <section>
      <header class="toolbar">
        <h1>{words.funnels}</h1>
        <span class="spacer" />
        {session.role === "owner" ? <button type="button" class="button primary" onClick={() => setNew(true)}>{words.newFunnel}</button> : null}
      </header>
      <Answered asked={asked}>
        {(funnels) => {
          const funnel = funnels.find((one) => one.id === parts[0]) ?? funnels[0];
          return (
            <>
              <nav class="tabs" aria-label={words.funnels}>
                {funnels.map((one) => (
                  <a key={one.id} href={hrefOf(["funnels", one.id])} aria-current={one.id === funnel?.id ? "page" : undefined}>
                    {one.name}{one.default ? ` · ${words.isDefault}` : ""}
                  </a>
                ))}
              </nav>
              {funnel === undefined ? null : <Funnel key={`${funnel.id} ${funnel.version}`} funnel={funnel} funnels={funnels} />}
            </>
          );
        }}
      </Answered>
      {isNew ? <NewFunnel onClose={() => setNew(false)} /> : null}
    </section>
  );
}

function Funnel({ funnel, funnels }: { funnel: FunnelView; funnels: readonly FunnelView[] }): JSX.Element {
  const { words, labels, session } = useSchool();
  const [rules, setRules] = useState<readonly FunnelRule[]>(funnel.rules);
  const [isRemoved, setRemoved] = useState(false);
  const mayEdit = session.role === "owner";
  const makeDefault = (): void => {
    const before = funnels.find((one) => one.default)?.id ?? funnel.id;
    void perform({ command: "edit_funnel", funnel: funnel.id, default: true }, { undo: { command: "edit_funnel", funnel: before, default: true } });
  };
  return (
    <>
      <Block
        title={funnel.name}
        actions={mayEdit && !funnel.default ? (
          <>
            <button type="button" class="link" onClick={() => setRemoved(true)}>{labels.of("command", "remove_funnel")}</button>
            <button type="button" class="button" onClick={makeDefault}>{words.makeDefault}</button>
          </>
        ) : null}
      >
        <Statuses funnel={funnel} mayEdit={mayEdit} />
      </Block>
      <Rules funnel={funnel} rules={rules} onRules={setRules} mayEdit={mayEdit} />
      <Trial funnel={funnel} rules={rules} />
      <Conversion funnel={funnel} />
      {isRemoved ? <RemoveFunnel funnel={funnel} funnels={funnels} onClose={() => setRemoved(false)} /> : null}
    </>
  );
}

function NewFunnel({ onClose }: { onClose: () => void }): JSX.Element {
  const { words, labels } = useSchool();
  const [name, setName] = useState("");
  const save = async (): Promise<void> => {
    // people name it; the id is only for addresses
    const id = `f-${crypto.randomUUID().slice(0, 8)}`;
    if ((await perform({ command: "create_funnel", id, name })).ok) {
      onClose();
      location.hash = hrefOf(["funnels", id]);
    }
  };
  return (
    <Dialog title={words.newFunnel} onClose={onClose}>
      <form class="stack" onSubmit={(event) => (event.preventDefault(), void save())}>
        <TextField label={labels.of("field", "name")} value={name} onValue={setName} required />
        <button class="button primary" disabled={name.trim() === ""}>{words.save}</button>
      </form>
    </Dialog>
  );
}
