import type { ComponentChildren, JSX } from "preact";
import { useId } from "preact/hooks";

export type Fact = readonly [name: string, value: ComponentChildren, width?: "wide"];

/** A titled part of a page, with what can be done in it at its right. */
export function Block(props: { title: string; actions?: ComponentChildren; children: ComponentChildren }): JSX.Element {
  const id = useId();
  return (
    <section class="block" aria-labelledby={id}>
      <header>
        <h2 id={id}>{props.title}</h2>
        <div class="actions">{props.actions}</div>
      </header>
      {props.children}
    </section>
  );
}

/** Names and values side by side; one that is `"wide"` is a text with a row of its own. */
export function Facts({ of }: { of: readonly Fact[] }): JSX.Element {
  return (
    <dl class="facts">
      {of.map(([name, value, width]) => (
        <div key={name} class={width === undefined ? undefined : `fact-${width}`}>
          <dt>{name}</dt>
          <dd>{value}</dd>
        </div>
      ))}
    </dl>
  );
}
