/** What the server delivers: DESIGN.md §5.4. */
export interface Message {
  type: 'tick' | 'update' | 'alert' | 'notification';
  timestamp: string;
  stream: string;
  /** Absent for an event that isn't kept. */
  position?: string;
  priority: 'low' | 'normal' | 'high' | 'critical';
  /** It changed nothing of its entity: events that were accepted later came before it. */
  superseded?: true;
  data: {
    id: string;
    type: string;
    source: string;
    /** Absent with `delta` where the event changed an entity. */
    data?: unknown;
    metadata?: Record<string, unknown>;
  } & Partial<Change>;
}

/** With `delta`: what an event made of its entity. */
export interface Change {
  entity: { kind: string; id: string };
  version: number;
  /** The whole; null if it was deleted. */
  state?: object | null;
  /** Or what changed since `version - 1` (RFC 7396). */
  patch?: object;
}

export interface Entity {
  kind: string;
  id: string;
  version: number;
  /** null only when it is told that it was deleted */
  state: unknown;
}

/** Entities as they stand. Iterable. */
export interface Entities extends Iterable<Entity> {
  readonly size: number;
  get(kind: string, id: string): Entity | undefined;
}

export interface ServerError {
  type: 'error';
  code: string;
  message: string;
  /** ms; with it the client asks again by itself */
  retryAfter?: number;
  details?: unknown;
}

/** What a request fails with: the server's stable code, or `offline`, `closed`, `full` of the client's own. */
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
}

/** A field path to a value, or to `eq ne in gt gte lt lte exists prefix`, joined by `and or not`. */
export type Filter = Record<string, unknown>;

export interface Wishes {
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

export interface Handlers extends Wishes {
  onEvent?(message: Message): void;
  /** What came before can't be continued without a hole: load anew; with `state` that is done. `not_recovered`, `slow_consumer`, `history` … */
  onReset?(reason: string): void;
  onSubscribed?(answer: { position?: string; recovered?: boolean }): void;
  onError?(error: ServerError): void;
  /** With `state`: all entities are there, at first and after each reset. */
  onLoad?(entities: Entities): void;
  /** With `delta`: an entity changed; `state` is null if it was deleted. */
  onEntity?(entity: Entity, message: Message): void;
}

export interface Subscription {
  readonly stream: string;
  readonly position: string | undefined;
  readonly caughtUp: boolean;
  readonly received: number;
  readonly repeats: number;
  readonly entities: Entities;
  /** Wishes for something else from now on, live; what isn't named stays. */
  replace(wishes: Wishes): void;
  close(): void;
}

export interface Event {
  type: string;
  data: unknown;
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

export interface Options {
  /** Default: `/api/ws` beside the page. The other transports are found beside it. */
  url?: string;
  /** Asked before each connection, before the last token expires, and when it was refused. None: public. */
  token?: Token | (() => Token | Promise<Token>);
  /** Best first. Default: all three. */
  transports?: Transport[];
  /** Whether the tabs of a browser share a connection. Default: where it is possible. */
  share?: boolean;
  /** How many events may wait to be published. Default: 1,000. */
  outbox?: number;
  onState?(state: State): void;
  onWelcome?(identity: Identity): void;
  /** Handlers for a stream that the server subscribed us to; none if it doesn't interest us. */
  onBegun?(stream: string): Handlers | undefined;
  /** How many events wait to be published, whenever that changes. */
  onPending?(count: number): void;
  /** Errors about the connection; those of a subscription go to its own `onError`. */
  onError?(error: ServerError): void;
  /** A handler that threw. Default: `console.error`. */
  onFault?(fault: unknown): void;
  WebSocket?: typeof WebSocket;
  fetch?: typeof fetch;
  clock?: Clock;
  random?(): number;
  /** Where locks and channels are found. Default: the page. */
  tabs?: { navigator: { locks: LockManager }; BroadcastChannel: typeof BroadcastChannel };
}

export class Millrace {
  constructor(options?: Options);
  readonly state: State;
  readonly identity: Identity | undefined;
  readonly transport: Transport | undefined;
  readonly pending: number;
  subscribe(stream: string, handlers: Handlers): Subscription;
  /** Answered when the server has; waits for a connection, in order. `keep: false`: only if there is one, and once. */
  publish(event: Event, how?: { keep?: boolean }): Promise<Published>;
  presence(stream: string): Promise<Presence>;
  /** Tries now: after signing in anew, or when the network is back; or makes sure that the connection lives. */
  connect(): void;
  close(): void;
}
