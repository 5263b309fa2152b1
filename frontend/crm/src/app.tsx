/** The frame of every page, and which page an address leads to. */

import type { ComponentType, JSX } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";
import { Skeleton } from "./parts/states.tsx";
import { Toasts } from "./parts/toasts.tsx";
import { SignInPage } from "./pages/sign-in.tsx";
import { followChanges, isConnected } from "./state/live.ts";
import { hrefOf, route } from "./state/route.ts";
import { school, signOut, useSchool } from "./state/school.ts";

type Page = ComponentType<{ parts: readonly string[] }>;

// each is loaded when it is opened for the first time: the first view needs one of them
const pages: Readonly<Record<string, () => Promise<Page>>> = {
  orders: async () => (await import("./orders/orders-page.tsx")).OrdersPage,
  order: async () => (await import("./card/card-page.tsx")).CardPage,
  offers: async () => (await import("./offers/offers-page.tsx")).OffersPage,
  offer: async () => (await import("./offers/offer-page.tsx")).OfferPage,
  funnels: async () => (await import("./pages/funnels.tsx")).FunnelsPage,
  contacts: async () => (await import("./pages/contacts.tsx")).ContactsPage,
  contact: async () => (await import("./pages/contact.tsx")).ContactPage,
  tasks: async () => (await import("./pages/tasks.tsx")).TasksPage,
  takings: async () => (await import("./pages/takings.tsx")).TakingsPage,
  settings: async () => (await import("./pages/settings.tsx")).SettingsPage,
};
const menu = ["orders", "tasks", "contacts", "offers", "funnels", "takings", "settings"] as const;
const partOf: Readonly<Record<string, string>> = { order: "orders", offer: "offers", contact: "contacts" };

export function App(): JSX.Element {
  const current = school.value;
  const [name = "orders", ...parts] = route.value.parts;
  if (current === null || name === "sign-in" || name === "mine") return <SignInPage />;
  if (current.session.kind === "customer") {
    return (
      <Loaded key="learner" load={async () => (await import("./learner/learner-page.tsx")).LearnerPage} parts={[]} />
    );
  }
  return (
    <div class="frame">
      <Menu chosen={partOf[name] ?? name} />
      <main id="content" tabIndex={-1}>
        <Loaded key={name} load={pages[name] ?? pages["orders"]} parts={parts} />
      </main>
      <Toasts />
    </div>
  );
}

function Loaded({ load, parts }: { load: (() => Promise<Page>) | undefined; parts: readonly string[] }): JSX.Element {
  // in an object, since a component is a function, and state takes functions as updates
  const [loaded, setLoaded] = useState<{ page: Page } | null>(null);
  useEffect(() => void load?.().then((page) => setLoaded({ page })), []);
  const place = parts.join("/");
  useEffect(() => {
    // what was clicked may be gone with its page: then the keyboard goes on from the new one, not from the menu
    if (loaded !== null && document.activeElement === document.body)
      document.getElementById("content")?.focus({ preventScroll: true });
  }, [loaded, place]);
  return loaded === null ? <Skeleton lines={12} /> : <loaded.page parts={parts} />;
}

function Menu({ chosen }: { chosen: string }): JSX.Element {
  const current = useSchool();
  const { words, session } = current;
  // on a phone the pages are behind a button: seven of them do not stand side by side
  const [isOpen, setOpen] = useState(false);
  const button = useRef<HTMLButtonElement>(null);
  const page = menu.find((one) => one === chosen) ?? "orders";
  useEffect(() => {
    const stop = new AbortController();
    void followChanges(current, stop.signal);
    return () => stop.abort();
  }, [current]);
  return (
    <nav
      class="menu"
      aria-label={words.school}
      onKeyDown={(event) => event.key === "Escape" && isOpen && (setOpen(false), button.current?.focus())}
    >
      <a
        class="skip"
        href="#content"
        onClick={(event) => (event.preventDefault(), document.getElementById("content")?.focus())}
      >
        {words.skip}
      </a>
      <button
        ref={button}
        type="button"
        class="button menu-button"
        aria-expanded={isOpen}
        aria-controls="pages"
        onClick={() => setOpen(!isOpen)}
      >
        <span aria-hidden="true">☰</span> {words[page]}
      </button>
      <ul id="pages" class={isOpen ? "is-open" : ""} onClick={() => setOpen(false)}>
        {menu
          .filter((one) => one !== "takings" || session.role !== "own_orders")
          .map((one) => (
            <li key={one}>
              <a href={hrefOf([one])} aria-current={one === chosen ? "page" : undefined}>
                {words[one]}
              </a>
            </li>
          ))}
      </ul>
      <div class="whoami">
        <span
          class={isConnected.value === false ? "dot dot-off" : "dot"}
          title={isConnected.value === false ? words.offline : words.live}
        />
        <span>{session.name ?? session.id}</span>
        <button type="button" class="link" onClick={signOut}>
          {words.signOut}
        </button>
      </div>
    </nav>
  );
}
