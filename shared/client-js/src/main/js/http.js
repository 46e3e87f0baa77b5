import { claims } from './environment.js';
import { BROKEN, HEARTBEAT_LOST, HEARTBEAT_MS, UNAUTHENTICATED, WELCOME_WITHIN_MS } from './reconnect-policy.js';
import { Refusal } from './refusal.js';

/** What a subscription may ask of a connection, beside its stream and `after`. */
const STREAM_OPTIONS = ['filter', 'state', 'delta', 'removed', 'rate', 'slow'];
/** How long the answer to a publishing or a reading may take, in ms; a publishing is tried anew, on a connection that answers. */
const ANSWERED_WITHIN_MS = 15_000;
/** Servers, and what is on the way to them, take addresses of 4,000 characters, some fewer; what is longer is posted. */
const LONGEST_ADDRESS = 2_000;
/** When an event is said again that something on the way has refused without saying when, in ms. */
const AGAIN_MS = 1_000;

/**
 * What the transports over plain HTTP have in common. They take the WebSocket's messages and give them; what goes is a
 * request each, how what comes is fetched is for `sse.js` and `poll.js` to say. Every request has its time.
 */
export class Http {
  /** What is followed: stream → {id, stream, options, after, …}. */
  _streams = new Map();
  _on;
  _options;
  /** Requests under way. A set, since not every browser can make one signal of several. */
  #calls = new Set();
  _ended = false;
  welcomed = false;
  /** Whether plain HTTP got through and the events didn't. */
  blocked = false;

  /** @param {import('./connection.js').TransportOptions} options */
  constructor(options) {
    this._options = options;
    this._on = options.on;
    // The server says `welcome` when there is something to follow; until then a sign of life has to do.
    this.#greet((info) => this._welcome({ ...this._identity(), heartbeat: HEARTBEAT_MS, ...info }));
  }

  send(message) {
    switch (message.type) {
      case 'subscribe':
        this.#subscribe(message);
        break;
      case 'unsubscribe':
        this._leave(message.stream);
        break;
      case 'publish':
        this.#publish(message);
        break;
      case 'presence':
        this._on.message({ type: 'error', id: message.id, code: 'unavailable', message: 'presence needs a WebSocket' });
        break;
      default: // what only a WebSocket needs
    }
  }

  drop(code, reason = '') {
    if (!this._ended) {
      this._ended = true;
      this.#calls.forEach((abort) => abort.abort());
      [...this._streams.keys()].forEach((stream) => this._leave(stream));
      this._on.end(code, reason);
    }
  }

  /** Makes sure that the server is there: plain HTTP gets through, or the connection ends. */
  check() {
    this.#greet(() => this._on.alive());
  }

  /**
   * A request as whoever we are: `query` in its address, or, if that would be too long, `body` posted.
   *
   * @param {string} path
   * @param {{query?: object, body?: object, abort?: AbortController}} request ends with the connection, or when it is aborted
   * @param {(response: Response) => Promise<unknown>} take
   */
  async _call(path, { query, body, abort = new AbortController() }, take) {
    const { fetch, at, token } = this._options;
    const posted = query === undefined || at.http(path, query).length > LONGEST_ADDRESS ? body : undefined;
    const headers = {
      ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
      ...(posted === undefined ? {} : { 'content-type': 'application/json' }),
    };
    const post = posted === undefined ? {} : { method: 'POST', body: JSON.stringify(posted) };
    this.#calls.add(abort);
    try {
      const address = at.http(path, posted === undefined ? query : undefined);
      return await take(await fetch(address, { cache: 'no-store', headers, signal: abort.signal, ...post }));
    } finally {
      this.#calls.delete(abort);
    }
  }

  /** The network's failures end the connection, and so does silence: coming back is the link's business. */
  async _orEnd(withinMs, step) {
    const { clock } = this._options;
    const late = clock.setTimeout(() => this.drop(HEARTBEAT_LOST, 'no answer'), withinMs);
    try {
      await step();
    } catch (e) {
      this.drop(BROKEN, String(e?.message ?? e));
    } finally {
      clock.clearTimeout(late);
    }
  }

  /**
   * Whoever has no token is only told that one request needs one; a token that isn't accepted opens nothing.
   *
   * @returns {boolean} whether the connection was ended for a refusal that is about more than a subscription
   */
  _endedBy(status, error) {
    if (status === 401 && this._options.token !== undefined) {
      this._on.message(error);
      this.drop(UNAUTHENTICATED, error.message);
    } else if (mayPass(status) && error.retryAfter === undefined) {
      this.drop(BROKEN, error.message);
    }
    return this._ended;
  }

  _welcome(message) {
    if (!this._ended) {
      this.welcomed = true;
      this._on.welcome(message);
    }
  }

  /** Who we take ourselves for, until the server says it. */
  _identity() {
    const { token } = this._options;
    const claimed = token === undefined ? {} : claims(token);
    return { type: 'welcome', user: claimed?.sub, roles: claimed?.roles ?? ['public'] };
  }

  #greet(greeted) {
    this._orEnd(WELCOME_WITHIN_MS, () =>
      this._call('./ws/info', {}, async (response) => {
        if (response.ok) {
          const { heartbeat, maxMessage } = await response.json();
          greeted({ ...(heartbeat > 0 ? { heartbeat } : {}), maxMessage });
        } else {
          const error = await refusal(response);
          this._on.message(error);
          this.drop(BROKEN, error.message);
        }
      }),
    );
  }

  #subscribe(message) {
    const { stream, id } = message;
    const known = this._streams.get(stream);
    const options = Object.fromEntries(STREAM_OPTIONS.filter((name) => message[name] !== undefined).map((name) => [name, message[name]]));
    this._leave(stream);
    // Asked for anew without a position, it goes on from where it was.
    const after = message.after ?? (options.state === true ? undefined : known?.after);
    this._follow({ id, stream, options, after });
  }

  #publish({ id, event }) {
    this._orEnd(ANSWERED_WITHIN_MS, () =>
      this._call('./events', { body: event }, async (response) => {
        if (response.ok) {
          const answer = await response.json();
          this._on.message({ ...answer, type: 'published', id, event: answer.id });
        } else {
          const error = await refusal(response);
          if (response.status === 401 && this._endedBy(401, error)) {
            return; // it is said again by whoever we are then
          }
          const again = mayPass(response.status) && error.details.code === undefined ? { retryAfter: AGAIN_MS } : {};
          this._on.message({ ...again, ...error, id });
        }
      }),
    );
  }
}

/** Whether it is worth asking again: a busy server, one that is just starting, or something on the way that doesn't reach it. */
const mayPass = (status) => status >= 500 || status === 408 || status === 429;

/** The parameters of a subscription as a URL has them. */
export const parameters = ({ filter, ...others }) => ({ ...others, filter: filter && JSON.stringify(filter) });

/**
 * What the API answers to a GET of a path below `/api/`, as JSON.
 *
 * @param {string} path
 * @param {{fetch: typeof fetch, at: {http(path: string): string}, token: string | undefined, clock: import('./millrace.d.ts').Clock}} with_
 * @returns {Promise<any>} fails with a {@link Refusal}; `offline` if no answer comes within 15 s
 */
export async function read(path, { fetch, at, token, clock }) {
  const abort = new AbortController();
  const late = clock.setTimeout(() => abort.abort(), ANSWERED_WITHIN_MS);
  let error;
  try {
    const headers = token === undefined ? {} : { authorization: `Bearer ${token}` };
    const response = await fetch(at.http(`./${path}`), { cache: 'no-store', headers, signal: abort.signal });
    if (response.ok) {
      return await response.json();
    }
    error = await refusal(response);
  } catch (e) {
    error = { code: 'offline', message: `There is no answer to "${path}": ${e?.message ?? e}` };
  } finally {
    clock.clearTimeout(late);
  }
  throw new Refusal(error);
}

/** Problem details (RFC 9457) as the WebSocket would have said it. */
export async function refusal(response) {
  const problem = (await response.json().catch(() => undefined)) ?? {};
  const seconds = Number(response.headers.get('retry-after'));
  return {
    type: 'error',
    code: problem.code ?? `http_${response.status}`,
    message: problem.detail ?? problem.title ?? `the server answered ${response.status}`,
    ...(seconds > 0 ? { retryAfter: 1_000 * seconds } : {}),
    details: problem,
  };
}
