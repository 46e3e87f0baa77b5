/**
 * Follows Millrace's streams over a WebSocket, in a browser or in Node: every event once and in order, across dropped
 * connections, restarts and rolling releases; and where that isn't possible, `onReset` says so.
 *
 *     const millrace = new Millrace({ url: 'wss://shop.example/api/ws', token: () => currentToken() });
 *     const orders = millrace.subscribe('orders', { onEvent: (message) => show(message.data) });
 *
 * `connection.js` is one socket's life, `subscription.js` one stream's memory (`streams.js` has them all),
 * `policy.js` when to come back.
 */
import { Connection } from './connection.js';
import { Countdown } from './countdown.js';
import { REAL_CLOCK, socketUrl } from './environment.js';
import { afterClose, Backoff, STABLE_AFTER_MS } from './policy.js';
import { Streams } from './streams.js';

/** @typedef {import('./millrace.d.ts').Clock} Clock */
/** @typedef {import('./millrace.d.ts').Handlers} Handlers */
/** @typedef {import('./millrace.d.ts').Options} Options */

export class Millrace {
  #options;
  #url;
  #clock;
  #backoff;
  #streams;
  #connection;
  /** Goes up with each attempt, so that what a given-up attempt still has to say is not listened to. */
  #attempt = 0;
  #state = { name: 'connecting', text: 'connecting' };
  #identity;
  #countdown;
  #stableTimer;
  #moveTimer;
  /** When we may come back at the earliest, in the clock's ms, because the server said so. */
  #notBefore = 0;
  #refusal;

  /** @param {Options} [options] */
  constructor(options = {}) {
    this.#options = options;
    this.#url = socketUrl(options.url);
    this.#clock = options.clock ?? REAL_CLOCK;
    this.#countdown = new Countdown(this.#clock);
    this.#backoff = new Backoff(options.random ?? Math.random);
    this.#streams = new Streams(this.#clock, (message) => this.#send(message), {
      progress: () => this.#showProgress(),
      fault: (e) => this.#report(e),
    });
    // Later, so that whoever made us can subscribe before anything happens.
    queueMicrotask(() => this.#attempt === 0 && this.connect());
  }

  get state() {
    return this.#state;
  }

  /** Who the server says we are; undefined until the first `welcome`. */
  get identity() {
    return this.#identity;
  }

  /**
   * Follows a stream. One subscription for each stream and client: the server tells them apart by the stream's name.
   * @param {string} stream
   * @param {Handlers} handlers
   * @returns {import('./millrace.d.ts').Subscription}
   */
  subscribe(stream, handlers) {
    if (this.#state.name === 'closed') {
      throw new Error('This client is closed.');
    }
    return this.#streams.add(stream, handlers);
  }

  /** Tries now: after signing in anew, when the network is back, or to leave a wait short. */
  connect() {
    if (this.#connection !== undefined) {
      return;
    }
    this.#countdown.stop();
    this.#notBefore = 0;
    this.#open(++this.#attempt);
  }

  close() {
    this.#attempt++;
    this.#clearTimers();
    const connection = this.#connection;
    this.#connection = undefined;
    connection?.drop(1000);
    this.#streams.close();
    this.#show({ name: 'closed', text: 'closed' });
  }

  async #open(attempt) {
    this.#show({ name: 'connecting', text: 'connecting' });
    try {
      const token = await this.#token();
      if (attempt === this.#attempt) {
        this.#connect(attempt, token);
      }
    } catch (e) {
      // The token's provider, or a browser that forbids the socket.
      this.#report(e);
      this.#comeBack(attempt, this.#backoff.next());
    }
  }

  #connect(attempt, token) {
    const current = (f) => (...args) => attempt === this.#attempt && f(...args);
    this.#refusal = undefined;
    this.#connection = new Connection({
      WebSocket: this.#options.WebSocket ?? globalThis.WebSocket,
      url: this.#url,
      token,
      clock: this.#clock,
      on: {
        welcome: current((message) => this.#welcomed(message)),
        message: current((message) => this.#take(message)),
        end: current((code, reason) => this.#ended(attempt, token, code, reason)),
      },
    });
  }

  async #token() {
    const { token } = this.#options;
    return (typeof token === 'function' ? await token() : token) ?? undefined;
  }

  #welcomed(message) {
    this.#identity = message;
    this.#stableTimer = this.#clock.setTimeout(() => this.#backoff.reset(), STABLE_AFTER_MS);
    this.#guard(this.#options.onWelcome, message);
    this.#streams.connected();
    this.#showProgress();
  }

  #take(message) {
    if (message.type === 'reconnect') {
      this.#move(message.after ?? 0);
    } else if (!this.#streams.take(message)) {
      // An error about the connection: what ends it is said before the close frame.
      this.#refusal = message;
      this.#holdBack(message.retryAfter);
      this.#guard(this.#options.onError, message);
    }
  }

  #send(message) {
    const ready = this.#connection?.welcomed === true;
    if (ready) {
      this.#connection.send(message);
    }
    return ready;
  }

  /** The server is leaving and has given each client a moment of its own to go; until then events still come. */
  #move(afterMs) {
    this.#holdBack(afterMs);
    const connection = this.#connection;
    this.#clock.clearTimeout(this.#moveTimer);
    this.#moveTimer = this.#clock.setTimeout(() => connection.drop(1001, 'asked to reconnect'), afterMs);
  }

  #holdBack(afterMs) {
    if (afterMs > 0) {
      this.#notBefore = Math.max(this.#notBefore, this.#clock.now() + afterMs);
    }
  }

  async #ended(attempt, token, code, reason) {
    const moving = this.#moveTimer !== undefined;
    this.#connection = undefined;
    this.#clearTimers();
    this.#streams.disconnected();
    const why = { code, message: this.#refusal?.message ?? reason };
    let todo = afterClose(code);
    if (todo === 'new token') {
      todo = (await this.#hasNewToken(token)) ? 'come back' : 'signed out';
    }
    if (attempt !== this.#attempt) {
      return;
    }
    if (todo === 'come back') {
      // The spread delay of a draining server is backoff enough.
      this.#comeBack(attempt, moving ? 0 : this.#backoff.next(), why);
    } else if (todo === 'signed out') {
      this.#show({ name: 'signed out', text: 'signed out', why });
    } else {
      this.#show({ name: 'closed', text: 'closed', why });
    }
  }

  /** The same token again would only be refused again. */
  async #hasNewToken(refused) {
    try {
      const token = await this.#token();
      return token !== undefined && token !== refused;
    } catch (e) {
      this.#report(e);
      return false;
    }
  }

  #comeBack(attempt, delayMs, why) {
    if (attempt !== this.#attempt) {
      return;
    }
    const until = Math.max(this.#clock.now() + delayMs, this.#notBefore);
    const show = (retryIn) =>
      this.#show({ name: 'offline', text: `offline – next try in ${Math.ceil(retryIn / 1000)} s`, retryIn, why });
    this.#countdown.start(until, show, () => this.connect());
  }

  #clearTimers() {
    this.#countdown.stop();
    this.#clock.clearTimeout(this.#stableTimer);
    this.#clock.clearTimeout(this.#moveTimer);
    this.#moveTimer = undefined;
  }

  #showProgress() {
    if (this.#connection?.welcomed) {
      const name = this.#streams.caughtUp ? 'live' : 'catching up';
      if (name !== this.#state.name) {
        this.#show({ name, text: name });
      }
    }
  }

  #show(state) {
    this.#state = state;
    this.#guard(this.#options.onState, state);
  }

  #guard(handler, argument) {
    try {
      handler?.(argument);
    } catch (e) {
      this.#report(e);
    }
  }

  #report(e) {
    (this.#options.onFault ?? ((fault) => console.error('millrace:', fault)))(e);
  }
}
