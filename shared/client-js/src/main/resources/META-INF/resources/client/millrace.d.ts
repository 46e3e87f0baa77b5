/** What the server delivers: DESIGN.md §5.4. */
export interface Message {
  type: 'tick' | 'update' | 'alert' | 'notification';
  timestamp: string;
  stream: string;
  /** Absent for an event that isn't kept. */
  position?: string;
  priority: 'low' | 'normal' | 'high' | 'critical';
  data: { id: string; type: string; source: string; data: unknown; metadata?: Record<string, unknown> };
}

export interface ServerError {
  type: 'error';
  code: string;
  message: string;
  /** ms; with it the client asks again by itself */
  retryAfter?: number;
  details?: unknown;
}

export interface Identity {
  connectionId: string;
  user?: string;
  roles: string[];
  heartbeat?: number;
  expiresAt?: string;
}

export interface Handlers {
  /** Events after this position; without it, from now on. */
  after?: string;
  onEvent?(message: Message): void;
  /** What came before can't be continued without a hole: load anew. `not_recovered`, `slow_consumer` … */
  onReset?(reason: string): void;
  onSubscribed?(answer: { position?: string; recovered?: boolean }): void;
  onError?(error: ServerError): void;
}

export interface Subscription {
  readonly stream: string;
  readonly position: string | undefined;
  readonly caughtUp: boolean;
  readonly received: number;
  readonly repeats: number;
  close(): void;
}

export interface State {
  name: 'connecting' | 'live' | 'catching up' | 'offline' | 'signed out' | 'closed';
  /** The same for people: `offline – next try in 4 s`. */
  text: string;
  /** ms */
  retryIn?: number;
  /** What ended the last connection. */
  why?: { code: number; message: string };
}

export interface Clock {
  /** ms from anywhere, never backwards */
  now(): number;
  setTimeout(f: () => void, ms: number): unknown;
  clearTimeout(timer: unknown): void;
}

type Token = string | null | undefined;

export interface Options {
  /** Default: `/api/ws` beside the page. */
  url?: string;
  /** Asked before each connection, and again when the server has refused the last one. None: public. */
  token?: Token | (() => Token | Promise<Token>);
  onState?(state: State): void;
  onWelcome?(identity: Identity): void;
  /** Errors about the connection; those of a subscription go to its own `onError`. */
  onError?(error: ServerError): void;
  /** A handler that threw. Default: `console.error`. */
  onFault?(fault: unknown): void;
  WebSocket?: typeof WebSocket;
  clock?: Clock;
  random?(): number;
}

export class Millrace {
  constructor(options?: Options);
  readonly state: State;
  readonly identity: Identity | undefined;
  subscribe(stream: string, handlers: Handlers): Subscription;
  /** Tries now: after signing in anew, or when the network is back. */
  connect(): void;
  close(): void;
}
