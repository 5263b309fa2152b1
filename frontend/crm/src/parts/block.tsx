import type { ComponentChildren, JSX } from "preact";
import { useId } from "preact/hooks";

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

/** Names and values, one below the other. */
export function Facts({ of }: { of: readonly (readonly [string, ComponentChildren])[] }): JSX.Element {
  return (
    <dl class="facts">
      {of.map(([name, value]) => (
        <div key={name}>
          <dt>{name}</dt>
          <dd>{value}</dd>
        </div>
      ))}
    </dl>
  );
}
