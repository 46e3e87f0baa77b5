import { claims } from './environment.js';
import { BROKEN, HEARTBEAT_MS } from './policy.js';

/** What a subscription may ask of a connection, beside its stream and `after`. */
const WISHES = ['filter', 'state', 'delta', 'rate', 'slow'];

/**
 * What the transports over plain HTTP have in common. They take the WebSocket's messages and give them; what goes is a
 * request each, how what comes is fetched is for `sse.js` and `poll.js` to say.
 */
export class Http {
  /** What is followed: stream → {id, stream, wish, after, …}. */
  _streams = new Map();
  _on;
  _road;
  #calls = new AbortController();
  _ended = false;
  welcomed = false;
  /** Whether plain HTTP got through and the events didn't. */
  blocked = false;

  /** @param {import('./link.js').Road} road */
  constructor(road) {
    this._road = road;
    this._on = road.on;
    this.#greet();
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
      this.#calls.abort();
      [...this._streams.keys()].forEach((stream) => this._leave(stream));
      this._on.end(code, reason);
    }
  }

  /** Asks as whoever we are; it ends with the connection. */
  _fetch(path, query, init = {}) {
    const { fetch, at, token } = this._road;
    const headers = { ...(token === undefined ? {} : { authorization: `Bearer ${token}` }), ...init.headers };
    const signal = AbortSignal.any([this.#calls.signal, ...(init.signal === undefined ? [] : [init.signal])]);
    return fetch(at.http(path, query), { cache: 'no-store', ...init, headers, signal });
  }

  /** The network's failures end the connection: coming back is the link's business. */
  async _orEnd(step) {
    try {
      await step();
    } catch (e) {
      this.drop(BROKEN, String(e?.message ?? e));
    }
  }

  _welcome(message) {
    if (!this._ended) {
      this.welcomed = true;
      this._on.welcome(message);
    }
  }

  /** Who we take ourselves for, until the server says it. */
  _identity() {
    const { token } = this._road;
    const claimed = token === undefined ? {} : claims(token);
    return { type: 'welcome', user: claimed?.sub, roles: claimed?.roles ?? ['public'] };
  }

  /** The server says `welcome` when there is something to follow; until then a sign of life has to do. */
  #greet() {
    this._orEnd(async () => {
      const response = await this._fetch('./ws/info');
      if (!response.ok) {
        throw new Error(`the server answered ${response.status}`);
      }
      const { heartbeat = HEARTBEAT_MS } = await response.json();
      this._welcome({ ...this._identity(), heartbeat });
    });
  }

  #subscribe(message) {
    const { stream, id } = message;
    const known = this._streams.get(stream);
    const wish = Object.fromEntries(WISHES.filter((name) => message[name] !== undefined).map((name) => [name, message[name]]));
    this._leave(stream);
    // Asked for anew without a position, it goes on from where it was.
    const after = message.after ?? (wish.state === true ? undefined : known?.after);
    this._follow({ id, stream, wish, after, alone: known?.alone ?? false });
  }

  #publish({ id, event }) {
    this._orEnd(async () => {
      const init = { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(event) };
      const response = await this._fetch('./events', {}, init);
      if (response.ok) {
        const answer = await response.json();
        this._on.message({ ...answer, type: 'published', id, event: answer.id });
      } else {
        this._on.message({ ...(await refusal(response)), id });
      }
    });
  }
}

/** The parameters of a subscription as a URL has them. */
export const parameters = ({ filter, ...others }) => ({ ...others, filter: filter && JSON.stringify(filter) });

/** Problem details (RFC 9457) as the WebSocket would have said it. */
export async function refusal(response) {
  const problem = await response.json().catch(() => ({}));
  const seconds = Number(response.headers.get('retry-after'));
  return {
    type: 'error',
    code: problem.code ?? `http_${response.status}`,
    message: problem.detail ?? problem.title ?? `the server answered ${response.status}`,
    ...(seconds > 0 ? { retryAfter: 1_000 * seconds } : {}),
    details: problem,
  };
}
