/** Commands and questions over HTTP. A token goes in a header, so that no other site can send it along. */

import { changesOf, type ChangesOptions } from "./changes.ts";
import type {
  AnswerOf,
  ChangeView,
  Command,
  Currency,
  Locale,
  PaymentLinkView,
  PreviewView,
  QueryName,
  QueryOf,
  Receipt,
} from "./contract.ts";
import { ProblemError, problemOf } from "./problems.ts";

/** Where the service is, which project, and who asks. */
export interface ClientOptions {
  /** The address of the service, such as https://orders.example; "" is where the page came from. */
  address: string;
  project: string;
  /** The secret of a token, or of a customer's link. */
  token: string;
  /** The language of sentences in problems; by default the browser's. */
  locale?: string;
  /** What sends requests, if not the platform's own. */
  fetch?: typeof fetch;
}

/** Whose token it is. */
export interface Session {
  project: string;
  kind: "staff" | "customer" | "host";
  id: string;
  role: string;
  name: string | null;
  /** The zone that the school's clocks show; every instant is shown in it. */
  timezone: string;
  currency: Currency;
  locale: Locale;
}

/** A customer's way in to their own page. */
export interface CustomerLink {
  secret: string;
  until: string;
}

/** The orders of one project. Every method rejects with a `ProblemError`. */
export class Client {
  readonly options: Readonly<ClientOptions>;

  constructor(options: ClientOptions) {
    this.options = options;
  }

  /** Execute a command. With an `idempotency_key` it may be sent again, and is done once (K1). */
  execute(command: Command): Promise<Receipt> {
    return this.#post<Receipt>("commands", command);
  }

  /** Ask a question; the answer has the type of the query. */
  ask<N extends QueryName>(query: QueryOf<N> & { query: N }): Promise<AnswerOf<N>> {
    // typed by the name, so that a field that the query does not have is no part of any type that fits
    return this.#post<AnswerOf<N>>("queries", query);
  }

  /** Ask what a command would do: the order, the events, the letters; nothing is written (K3). */
  preview(command: Command): Promise<PreviewView> {
    return this.ask({ query: "preview", command });
  }

  /** Ask where a payment is paid, for what amount (P3). */
  link(order: string, payment: string): Promise<PaymentLinkView> {
    return this.ask({ query: "payment_link", order, payment });
  }

  /** Follow what happens to orders; a lost connection is taken up where it broke off (V8). */
  changes(options: ChangesOptions = {}): AsyncGenerator<ChangeView, void> {
    return changesOf((lastId) => this.#openChanges(lastId, options), options);
  }

  /** Make the link of a contact's own page; only who may save a contact may. */
  customerLink(contact: string): Promise<CustomerLink> {
    return this.#post<CustomerLink>(`links/${encodeURIComponent(contact)}`, {});
  }

  /** Export a list as the text of a file (V7). */
  async exported(filter: object, form: "csv" | "jsonl"): Promise<Blob> {
    const response = await this.#send(this.#path(`export?form=${form}`), {
      method: "POST",
      body: JSON.stringify(filter),
    });
    return response.blob();
  }

  #path(path: string): string {
    return `${this.options.address}/${encodeURIComponent(this.options.project)}/${path}`;
  }

  #openChanges(lastId: string | null, options: ChangesOptions): Promise<Response> {
    const headers: Record<string, string> = lastId === null ? {} : { "Last-Event-ID": lastId };
    return this.#send(this.#path("changes"), { headers, ...(options.signal ? { signal: options.signal } : {}) });
  }

  async #post<T>(path: string, document: object): Promise<T> {
    const response = await this.#send(this.#path(path), { method: "POST", body: JSON.stringify(document) });
    // the contract says what a success is; the tests hold the service to it
    return (await response.json()) as T;
  }

  #send(address: string, request: RequestInit): Promise<Response> {
    return sent(this.options, address, request);
  }
}

/** Ask whose token it is; the project comes from the token. */
export async function sessionOf(options: Omit<ClientOptions, "project">): Promise<Session> {
  const response = await sent(options, `${options.address}/session`, {});
  return (await response.json()) as Session;
}

async function sent(options: Omit<ClientOptions, "project">, address: string, request: RequestInit): Promise<Response> {
  const headers = new Headers(request.headers);
  headers.set("Authorization", `Bearer ${options.token}`);
  if (request.body !== undefined) headers.set("Content-Type", "application/json");
  if (options.locale !== undefined) headers.set("Accept-Language", options.locale);
  const send = options.fetch ?? fetch;
  let response: Response;
  try {
    // no cookies: the token is all that says who asks
    response = await send(address, { ...request, headers, credentials: "omit" });
  } catch (error) {
    if (request.signal?.aborted) throw error;
    throw new ProblemError({ code: "network.failed", title: "the service was not reached", status: 0 });
  }
  if (!response.ok) throw await problemOf(response);
  return response;
}
