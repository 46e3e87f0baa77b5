// Needs no `dom` and no Node: what a client is given of them is described here as far as it uses it.

/** What the server delivers. */
export interface Message<Data = unknown, State = unknown> {
  type: 'tick' | 'update' | 'alert' | 'notification';
  timestamp: string;
  stream: string;
  /** Absent for an event that isn't kept. */
  position?: string;
  priority: 'low' | 'normal' | 'high' | 'critical';
  /** It changed nothing of its entity, nor of `entities`: events that were accepted later came before it. */
  superseded?: true;
  data: {
    id: string;
    type: string;
    source: string;
    /** Absent with `delta` where the event changed an entity. */
    data?: Data;
    metadata?: Record<string, unknown>;
  } & Partial<Change<State>>;
}

/** With `delta`: what an event made of its entity. */
export interface Change<State = unknown> {
  entity: { kind: string; id: string };
  version: number;
  /** The whole; null if it was deleted. */
  state?: State | null;
  /**
   * Or what changed (RFC 7396) since the last message of this subscription about the entity, whatever version that had:
   * with `rate`, or where one may not see every event, there are versions between.
   */
  patch?: object;
}

export interface Entity<State = unknown> {
  readonly kind: string;
  readonly id: string;
  readonly version: number;
  /** null only when it is told that it was deleted */
  readonly state: State;
}

/** Entities as they stood at one moment: it never changes. Iterable. */
export interface Entities<State = unknown> extends Iterable<Entity<State>> {
  readonly size: number;
  get(kind: string, id: string): Entity<State> | undefined;
}

export interface ServerError {
  type: 'error';
  code: string;
  message: string;
  /** ms; with it the client asks again by itself */
  retryAfter?: number;
  details?: unknown;
}

/**
 * What a request fails with: the server's stable code, or the client's own: `offline`, `closed`, `full`, `invalid_event` (it
 * can't be written as JSON that a server reads), `too_large` (more bytes than the server takes).
 */
export class Refusal extends Error {
  readonly code: string;
  readonly retryAfter?: number;
  readonly details?: unknown;
}

export interface Identity {
  connectionId?: string;
  user?: string;
  roles: string[];
  heartbeat?: number;
  expiresAt?: string;
  /** Bytes of the largest message that the server takes. */
  maxMessage?: number;
}

/** A field path to a value, or to `eq ne in gt gte lt lte exists prefix`, joined by `and or not`. */
export type Filter = Record<string, unknown>;

export interface StreamOptions {
  /** What it leaves out never leaves the server. */
  filter?: Filter;
  /** Events after this position, from a time (RFC 3339), or from the `beginning`; without it, from now on. */
  after?: string;
  /** First the entities as they stand (`onLoad`), then what happens. */
  state?: boolean;
  /** Changes of entities instead of events' data; `entities` and `onEntity` follow them. */
  delta?: boolean;
  /** At most so many messages a second for each entity; the newest wins. */
  rate?: number;
  /** For when we read too slowly. */
  slow?: 'wait' | 'conflate' | 'drop' | 'disconnect';
}

/** What a subscription can be listened for; as `on('event', …)` or as the option `onEvent`. */
export interface SubscriptionHandlers<Data = unknown, State = unknown> {
  event(message: Message<Data, State>): void;
  /**
   * What came of the stream may not be shown any more: clear it. The stream is refused now (`permission_denied`), other
   * rights hold (`rights_changed`: what may be seen comes after it), or the token has ended (`signed_out`).
   */
  lost(why: { code: string; message?: string }): void;
  /** What came before can't be continued without a hole: load anew; with `state` that is done. `not_recovered`, `slow_consumer`, `history` … */
  reset(reason: string): void;
  subscribed(answer: { position?: string; recovered?: boolean }): void;
  error(error: ServerError): void;
  /** With `state`: all entities are there, at first and after each reset. */
  load(entities: Entities<State>): void;
  /** With `delta`: an entity changed; `state` is null if it was deleted. With `state`, too: it left what this subscription sees. */
  entity(entity: Entity<State | null>, message: Message<Data, State>): void;
}

type AsOptions<Handlers> = { [Name in keyof Handlers as `on${Capitalize<string & Name>}`]?: Handlers[Name] };

export interface SubscribeOptions<Data = unknown, State = unknown> extends StreamOptions, AsOptions<SubscriptionHandlers<Data, State>> {}
export type Handlers<Data = unknown, State = unknown> = SubscribeOptions<Data, State>;

/** One listener's part of a stream. Several of the same stream share what they ask for alike. */
export interface Subscription<Data = unknown, State = unknown> {
  readonly stream: string;
  readonly position: string | undefined;
  readonly caughtUp: boolean;
  /** Whether the server has agreed, and what happens comes; false while there is no connection. */
  readonly open: boolean;
  readonly received: number;
  readonly repeats: number;
  /** As they stand now; the same object until one changes, then another: a snapshot to compare and to render. */
  readonly entities: Entities<State>;
  on<Name extends keyof SubscriptionHandlers>(name: Name, handler: SubscriptionHandlers<Data, State>[Name]): this;
  off<Name extends keyof SubscriptionHandlers>(name: Name, handler: SubscriptionHandlers<Data, State>[Name]): this;
  /** Asks for something else from now on, live; what isn't named stays. */
  replace(options: StreamOptions): void;
  unsubscribe(): void;
  /** The same. */
  close(): void;
}

export interface Event<Data = unknown> {
  type: string;
  data: Data;
  /** Made by the client if there is none; sent twice it is still one event. */
  id?: string;
  timestamp?: string;
  metadata?: Record<string, unknown>;
}

export interface Published {
  status: 'committed' | 'queued' | 'duplicate' | 'expired' | string;
  event: string;
  stream?: string;
  position?: string;
}

export interface Presence {
  count: number;
  users: { user: string; connections: number; since: string }[];
}

export interface State {
  name: 'connecting' | 'live' | 'catching up' | 'offline' | 'signed out' | 'closed';
  /** The same for people: `offline since 14:03 – next try in 4 s`. */
  text: string;
  /** When it was lost, ms since 1970. */
  since?: number;
  /** ms */
  retryIn?: number;
  /** What ended the last connection. */
  why?: { code: number; message: string };
  /** Live again: how many events have come that happened meanwhile, whether others are gone, how long it was away in ms. */
  resumed?: { events: number; lost: boolean; away: number };
}

export interface Clock {
  /** ms from anywhere, never backwards */
  now(): number;
  /** ms since 1970 */
  wall(): number;
  setTimeout(f: () => void, ms: number): unknown;
  clearTimeout(timer: unknown): void;
}

type Token = string | null | undefined;
export type Transport = 'websocket' | 'sse' | 'poll';

/** As much of a WebSocket as is used: the browser's, Node's, or the package `ws`'. */
export interface WebSocketLike {
  readonly readyState: number;
  binaryType?: any;
  send(data: string): void;
  close(code?: number): void;
  onopen: ((event: any) => any) | null;
  onmessage: ((event: any) => any) | null;
  onclose: ((event: any) => any) | null;
  onerror: ((event: any) => any) | null;
}

export interface ResponseLike {
  readonly ok: boolean;
  readonly status: number;
  readonly headers: { get(name: string): string | null };
  readonly body: any;
  json(): Promise<any>;
}

/** What a client can be listened for; as `on('state', …)` or as the option `onState`. */
export interface ClientHandlers {
  state(state: State): void;
  welcome(identity: Identity): void;
  /** How many events wait to be published, whenever that changes. */
  pending(count: number): void;
  /** Errors about the connection; those of a subscription go to its own handlers. */
  error(error: ServerError): void;
  /** A handler that threw. Without one: `console.error`. */
  fault(fault: unknown): void;
}

export interface Options extends AsOptions<ClientHandlers> {
  /**
   * Default: `/api/ws` beside the page. Elsewhere the whole address, `https://shop.example` or with the path; the other
   * transports are found beside it.
   */
  url?: string;
  /** Asked before each connection, before the last token expires, and when it was refused. None: public. */
  token?: Token | (() => Token | Promise<Token>);
  /** Best first. Default: all three, as far as they can be had where it runs. */
  transports?: Transport[];
  /**
   * How messages come over a WebSocket; what a handler is given is always the same. `compact` says once what all messages of a
   * stream share, `cbor` does so in binary. A server that doesn't know it sends `json`. Default: `json`.
   */
  format?: 'json' | 'compact' | 'cbor';
  /** Whether the tabs of a browser share a connection. Default: where it is possible. */
  share?: boolean;
  /** How many events may wait to be published. Default: 1,000. */
  outbox?: number;
  /** Options of a subscription to a stream that the server subscribed us to; none if it doesn't interest us. */
  onBegun?(stream: string): SubscribeOptions | undefined;
  /** Default: the global one; where there is none, server-sent events are taken. */
  WebSocket?: new (url: string, protocols?: string[]) => WebSocketLike;
  fetch?: (url: string, init?: any) => Promise<ResponseLike>;
  clock?: Clock;
  random?(): number;
  /** Where locks and channels are found. Default: the page. */
  tabs?: { navigator: { locks: any }; BroadcastChannel: new (name: string) => any };
}

export class Millrace {
  constructor(options?: Options);
  readonly state: State;
  readonly identity: Identity | undefined;
  readonly transport: Transport | undefined;
  readonly pending: number;
  on<Name extends keyof ClientHandlers>(name: Name, handler: ClientHandlers[Name]): this;
  off<Name extends keyof ClientHandlers>(name: Name, handler: ClientHandlers[Name]): this;
  /** `Data` is what the stream's events carry, `State` what its entities are. */
  subscribe<Data = unknown, State = unknown>(stream: string, options?: SubscribeOptions<Data, State>): Subscription<Data, State>;
  /**
   * Answered when the server has; waits for a connection, in order. The event is taken as it is now. `keep: false`: only if
   * there is a connection, and once.
   */
  publish<Data = unknown>(event: Event<Data>, how?: { keep?: boolean }): Promise<Published>;
  presence(stream: string): Promise<Presence>;
  /** What the API answers to a GET of a path below `/api/`: `read('kpis')`. Fails with a `Refusal`; `offline` without an answer within 15 s. */
  read<Answer = unknown>(path: string): Promise<Answer>;
  /** Tries now: after signing in anew, or when the network is back; or makes sure that the connection lives. */
  connect(): void;
  close(): void;
}
