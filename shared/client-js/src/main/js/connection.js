import { Countdown } from './countdown.js';
import { Poll } from './poll.js';
import { afterClose, Backoff, mayBeTheWay, STABLE_AFTER_MS } from './reconnect-policy.js';
import { bytesOf } from './json-copy.js';
import { Socket } from './socket.js';
import { Sse } from './sse.js';
import { Tokens } from './tokens.js';
import { TransportFallback } from './transport-fallback.js';

const TRANSPORTS = { websocket: Socket, sse: Sse, poll: Poll };
/** How long the question whether the server is there at all may take, in ms. */
const REACHABLE_WITHIN_MS = 5_000;
/** Bytes of the largest message that the server takes, until it says another number. */
const MAX_MESSAGE = 1 << 20;
/** A message was too big, or couldn't be read: whoever sent it gets the blame, not the connection. */
const BLAMED = new Set([1007, 1009]);

/**
 * The transports that can be had here, best first: without a WebSocket (Node 20 has none) server-sent events. Fails with a
 * `TypeError` if there is none.
 *
 * @param {import('./millrace.d.ts').Options} options
 */
export function usableTransports({ transports = Object.keys(TRANSPORTS), WebSocket = globalThis.WebSocket, fetch = globalThis.fetch }) {
  const unknown = transports.find((name) => !Object.hasOwn(TRANSPORTS, name));
  if (unknown !== undefined) {
    throw new TypeError(`transports: "${unknown}" is none of ${Object.keys(TRANSPORTS).join(', ')}.`);
  }
  const usable = transports.filter((name) => (name === 'websocket' ? WebSocket : fetch) !== undefined);
  if (usable.length === 0) {
    throw new TypeError(`transports: ${transports.join(', ') || 'none'} can't be had here: give WebSocket or fetch as an option, or allow others.`);
  }
  return usable;
}

/**
 * What a transport is given.
 * @typedef {object} TransportOptions
 * @property {typeof WebSocket} WebSocket
 * @property {typeof fetch} fetch
 * @property {ReturnType<typeof import('./environment.js').addresses>} at
 * @property {string | undefined} token
 * @property {'json' | 'compact' | 'cbor' | undefined} format of a WebSocket's messages
 * @property {import('./millrace.d.ts').Clock} clock
 * @property {{welcome(m: object): void, message(m: object): void, alive(): void, end(code: number, reason: string): void}} on
 *     `alive`: something came from the server
 */

/**
 * A connection that always comes back: token, transport, backoff, and its state in words. Whoever uses it speaks the
 * WebSocket's messages and is told when there is a new connection to say them on.
 */
export class Connection {
  #options;
  #on;
  #clock;
  #at;
  #tokens;
  #backoff;
  #fallback;
  #transport;
  /** Goes up with each attempt, so that what a given-up attempt still has to say is not listened to. */
  #attempt = 0;
  /** The token that the connection was opened with, and the last one given to it. */
  #opened;
  #token;
  #countdown;
  #stableTimer;
  #moveTimer;
  #upgradeTimer;
  #upgrade;
  /** When we may come back at the earliest, in the clock's ms, because the server said so. */
  #notBefore = 0;
  #refusal;
  #lostAt;
  /** What is wrong with the server's address, as far as we found out. */
  #trouble;
  #maxMessage;
  /** The id of the last event that was sent and isn't answered. */
  #publishing;
  /** Who asked whether anything comes from the server. */
  #doubts = [];

  /**
   * @param {import('./millrace.d.ts').Options & {clock: import('./millrace.d.ts').Clock}} options
   * @param {ReturnType<typeof import('./environment.js').addresses>} at
   * @param {object} on `up(welcome)`, `identity(welcome)`, `message(message)`, `down()`, `state(state)`, `fault(e)`
   */
  constructor(options, at, on) {
    this.#options = options;
    this.#on = on;
    this.#clock = options.clock;
    this.#at = at;
    this.#tokens = new Tokens(options.token, this.#clock);
    this.#countdown = new Countdown(this.#clock);
    this.#backoff = new Backoff(options.random ?? Math.random);
    this.#fallback = new TransportFallback(options.transports);
  }

  /** Tries now; or, if there is a connection, makes sure that it lives. */
  connect() {
    if (this.#transport !== undefined) {
      this.#transport.check();
      return;
    }
    this.#countdown.stop();
    this.#notBefore = 0;
    this.#open(++this.#attempt);
  }

  /** Calls back as soon as anything comes from the server, which is asked for a sign of life. */
  prove(alive) {
    this.#doubts.push(alive);
    this.#transport?.check();
  }

  /**
   * A message that the server wouldn't take is answered here: said there, it would end the connection for all.
   *
   * @returns {boolean} whether there was a welcomed connection to send it on
   */
  send(message) {
    if (this.#transport?.welcomed !== true) {
      return false;
    }
    const text = JSON.stringify(message);
    const most = this.#maxMessage ?? MAX_MESSAGE;
    const bytes = bytesOf(text, most);
    if (bytes > most) {
      this.#refuse(message.id, `This has ${bytes} bytes; the server takes ${most} at most.`);
    } else {
      this.#publishing = message.type === 'publish' ? message.id : this.#publishing;
      this.#transport.send(message, text);
    }
    return true;
  }

  /** Later, so that whoever sends knows what was refused. */
  #refuse(id, message) {
    queueMicrotask(() => this.#on.message({ type: 'error', id, code: 'too_large', message }));
  }

  close() {
    this.#attempt++;
    this.#clearTimers();
    const transport = this.#transport;
    this.#transport = undefined;
    transport?.drop(1000);
  }

  async #open(attempt) {
    this.#on.state({ name: 'connecting', text: 'connecting' });
    try {
      const token = await this.#tokens.get();
      if (attempt === this.#attempt) {
        this.#refusal = undefined;
        this.#opened = this.#token = token;
        this.#transport = this.#make(this.#fallback.current, token, () => attempt);
      }
    } catch (e) {
      // The token's provider, or a browser that forbids the socket.
      this.#on.fault(e);
      this.#comeBack(attempt, this.#backoff.next());
    }
  }

  /** @param {() => number} of which attempt it is a part; an upgrade has none until it is taken */
  #make(name, token, of, otherwise = () => {}) {
    const current = (f, late = otherwise) => (...args) => (of() === this.#attempt ? f(...args) : late(f, ...args));
    return new TRANSPORTS[name]({
      WebSocket: this.#options.WebSocket ?? globalThis.WebSocket,
      fetch: this.#options.fetch ?? globalThis.fetch?.bind(globalThis),
      at: this.#at,
      token,
      format: this.#options.format,
      clock: this.#clock,
      on: {
        welcome: current((message) => this.#welcomed(message)),
        message: current((message) => this.#take(message)),
        alive: current(() => this.#doubts.splice(0).forEach((alive) => alive()), () => {}),
        end: current((code, reason) => this.#ended(of(), code, reason)),
      },
    });
  }

  #welcomed(message) {
    const first = this.#stableTimer === undefined;
    this.#trouble = undefined;
    this.#learn(message);
    this.#lostAt = undefined;
    const renewed = (token) => {
      this.#token = token;
      this.#transport?.renew(token);
    };
    this.#tokens.renew(message.expiresAt, this.#token, renewed, (e) => this.#on.fault(e));
    if (!first) {
      this.#on.identity(message);
      return;
    }
    this.#fallback.welcomed();
    this.#stableTimer = this.#clock.setTimeout(() => this.#backoff.reset(), STABLE_AFTER_MS);
    this.#upgradeLater();
    this.#on.up(message, this.#fallback.current);
  }

  /** How large a message may be: the server says it in its welcome, or where it says what it can. */
  async #learn({ maxMessage }) {
    this.#maxMessage = maxMessage ?? this.#maxMessage ?? (await this.#info())?.maxMessage;
  }

  #take(message) {
    if (message.id === this.#publishing) {
      this.#publishing = undefined;
    }
    if (message.type === 'reconnect') {
      this.#move(message.after ?? 0);
      return;
    }
    if (message.type === 'error' && message.id === undefined && message.stream === undefined) {
      // About the connection: what ends it is said before the close frame.
      this.#refusal = message;
      this.#holdBack(message.retryAfter);
    }
    this.#on.message(message);
  }

  /** The server is leaving and has given each client a moment of its own to go; until then events still come. */
  #move(afterMs) {
    this.#holdBack(afterMs);
    const transport = this.#transport;
    this.#clock.clearTimeout(this.#moveTimer);
    this.#moveTimer = this.#clock.setTimeout(() => transport.drop(1001, 'asked to reconnect'), afterMs);
  }

  #holdBack(afterMs) {
    if (afterMs > 0) {
      this.#notBefore = Math.max(this.#notBefore, this.#clock.now() + afterMs);
    }
  }

  async #ended(attempt, code, reason) {
    const moving = this.#moveTimer !== undefined;
    const { blocked, welcomed } = this.#transport ?? {};
    this.#transport = undefined;
    this.#clearTimers();
    const blamed = this.#blame(code, reason);
    this.#on.down();
    let todo = blamed ? 'come back' : afterClose(code);
    if (todo === 'new token') {
      todo = (await this.#hasNewToken()) ? 'come back' : 'signed out';
    }
    const other = todo === 'come back' && !moving && (await this.#takesAnotherTransport(blocked, welcomed, code));
    const why = { code, message: this.#refusal?.message ?? this.#trouble ?? reason };
    if (other) {
      this.#comeBack(attempt, 0, why);
    } else if (attempt !== this.#attempt) {
      return;
    } else if (todo === 'come back') {
      // The spread delay of a draining server is backoff enough.
      this.#comeBack(attempt, moving ? 0 : this.#backoff.next(), why);
    } else {
      const name = todo === 'signed out' ? todo : 'closed';
      this.#on.state({ name, text: name, why });
    }
  }

  /** @returns {boolean} whether an event of ours ended the connection: it is refused, and not sent again */
  #blame(code, reason) {
    const id = this.#publishing;
    this.#publishing = undefined;
    if (id === undefined || !BLAMED.has(code)) {
      return false;
    }
    const message = `The connection was closed for it (${code} ${this.#refusal?.message ?? reason}).`;
    this.#on.message({ type: 'error', id, code: code === 1009 ? 'too_large' : 'invalid_event', message });
    return true;
  }

  /** The same token again would only be refused again. */
  async #hasNewToken() {
    try {
      const token = await this.#tokens.get();
      return token !== undefined && token !== this.#opened;
    } catch (e) {
      this.#on.fault(e);
      return false;
    }
  }

  /** To the next transport if this one doesn't get through where plain HTTP does; up to the first if nothing does. */
  async #takesAnotherTransport(blocked, welcomed, code) {
    if (blocked && mayBeTheWay(code)) {
      if (this.#fallback.failed() && (await this.#reachable())) {
        this.#fallback.fallBack(this.#clock.now());
        return true;
      }
    } else if (!welcomed) {
      this.#fallback.toBest();
    }
    return false;
  }

  async #reachable() {
    return (await this.#info()) !== undefined;
  }

  /** What the server says of itself; undefined if it doesn't. */
  async #info() {
    const fetch = this.#options.fetch ?? globalThis.fetch;
    const address = this.#at.http('./ws/info');
    const abort = new AbortController();
    const timer = this.#clock.setTimeout(() => abort.abort(), REACHABLE_WITHIN_MS);
    try {
      const response = await fetch(address, { cache: 'no-store', signal: abort.signal });
      this.#trouble = response.ok ? undefined : `${address} answered ${response.status}: is url right?`;
      return response.ok ? await response.json() : undefined;
    } catch {
      return undefined;
    } finally {
      this.#clock.clearTimeout(timer);
    }
  }

  #upgradeLater() {
    if (!this.#fallback.onBest) {
      this.#clock.clearTimeout(this.#upgradeTimer);
      this.#upgradeTimer = this.#clock.setTimeout(() => this.#tryUpgrade(this.#attempt), this.#fallback.upgradeIn(this.#clock.now()));
    }
  }

  /** Tries the best transport beside the one in use, and moves over if it is welcomed: nobody waits for it. */
  async #tryUpgrade(attempt) {
    const token = await this.#tokens.get().catch((e) => this.#on.fault(e));
    if (attempt !== this.#attempt) {
      return;
    }
    let taken = -1;
    const upgrade = this.#make(this.#fallback.best, token, () => taken, (f, argument) => {
      if (this.#upgrade !== upgrade) {
        return;
      }
      if (argument?.type === 'welcome') {
        taken = this.#moveOver(token);
        f(argument);
      } else if (typeof argument === 'number') {
        this.#upgrade = undefined;
        this.#fallback.upgradeFailed(this.#clock.now());
        this.#upgradeLater();
      }
    });
    this.#upgrade = upgrade;
  }

  #moveOver(token) {
    const [old, upgrade] = [this.#transport, this.#upgrade];
    this.#upgrade = undefined;
    this.#attempt++;
    this.#clearTimers();
    old.drop(1000, 'a better way');
    this.#transport = upgrade;
    this.#opened = this.#token = token;
    this.#fallback.toBest();
    this.#on.down();
    return this.#attempt;
  }

  #comeBack(attempt, delayMs, why) {
    if (attempt !== this.#attempt) {
      return;
    }
    const since = (this.#lostAt ??= this.#clock.wall());
    const at = new Date(since).toLocaleTimeString([], { hour: '2-digit', minute: '2-digit' });
    const until = Math.max(this.#clock.now() + delayMs, this.#notBefore);
    const show = (retryIn) => {
      const text = `offline since ${at} – next try in ${Math.ceil(retryIn / 1000)} s`;
      this.#on.state({ name: 'offline', text, since, retryIn, why });
    };
    this.#countdown.start(until, show, () => this.connect());
  }

  #clearTimers() {
    this.#countdown.stop();
    this.#tokens.stop();
    this.#clock.clearTimeout(this.#stableTimer);
    this.#clock.clearTimeout(this.#moveTimer);
    this.#clock.clearTimeout(this.#upgradeTimer);
    this.#stableTimer = this.#moveTimer = this.#upgradeTimer = undefined;
    const upgrade = this.#upgrade;
    this.#upgrade = undefined;
    upgrade?.drop(1000);
  }
}
