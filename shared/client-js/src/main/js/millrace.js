/**
 * Follows Millrace's streams, in a browser or in Node: every event once and in order, across dropped connections, restarts
 * and rolling releases; and where that isn't possible, `onReset` says so. Publishes, and keeps what it can't say yet.
 *
 *     const millrace = new Millrace({ url: 'wss://shop.example/api/ws', token: () => currentToken() });
 *     const orders = millrace.subscribe('orders').on('event', (message) => show(message.data));
 *
 * `connection.js` is a connection that always comes back, `shared-connection.js` one shared between tabs, `followed-stream.js` one stream's
 * memory (`streams.js` has them all), `subscription.js` a listener's part of it, `outbox.js` what is still to be said,
 * `reconnect-policy.js` when to come back, `transport-fallback.js` by which transport.
 */
import { Connection, usableTransports } from './connection.js';
import { addresses, onWake, REAL_CLOCK } from './environment.js';
import { read } from './http.js';
import { subprotocols } from './message-formats.js';
import { Listeners } from './listeners.js';
import { Outbox } from './outbox.js';
import { Refusal } from './refusal.js';
import { Streams } from './streams.js';
import { Subscription } from './subscription.js';
import { SharedConnection } from './shared-connection.js';
import { Tokens } from './tokens.js';

export { Refusal };

/** How many events wait to be published at most, unless the options say otherwise. */
const OUTBOX = 1_000;
/** States in which nothing more is to come of a client by itself. */
const LASTING = new Set(['live', 'signed out', 'closed']);
const NAMES = ['state', 'welcome', 'pending', 'error', 'fault'];

/** Who somebody is, as far as that decides what may be seen. */
const rightsOf = ({ user, roles = [] }) => JSON.stringify([user, [...roles].sort()]);

export class Millrace {
  #options;
  #listeners;
  #at;
  #clock;
  #connection;
  #streams;
  #outbox;
  /** Presence that was asked for: request → what to do with the answer. */
  #asked = new Map();
  #lastId = 0;
  #started = false;
  #up = false;
  #state = { name: 'connecting', text: 'connecting' };
  #identity;
  #transport;
  /** When it was last live, by the wall clock, if it isn't. */
  #awaySince;
  #asleep;
  /** Clients of their own for subscriptions that this one's connection can't carry beside the others of their stream. */
  #asides = new Set();
  /** For such a client: what happens when its last subscription has gone. */
  #emptied;

  /** @param {import('./millrace.d.ts').Options} [options] */
  constructor(options = {}) {
    this.#options = { clock: REAL_CLOCK, ...options, transports: usableTransports(options) };
    subprotocols(options.format); // fails for one that isn't there
    this.#listeners = new Listeners(NAMES, options, (e, name) => this.#report(e, name));
    this.#clock = this.#options.clock;
    this.#at = addresses(options.url);
    const send = (message) => this.#up && this.#connection.send(message);
    const nextId = () => ++this.#lastId;
    this.#streams = new Streams({
      clock: this.#clock,
      send,
      nextId,
      on: { progress: () => this.#progressed(), begun: (stream) => this.#begun(stream) },
    });
    this.#outbox = new Outbox({
      clock: this.#clock,
      send,
      nextId,
      limit: options.outbox ?? OUTBOX,
      changed: () => this.#listeners.call('pending', this.#outbox.size),
    });
    const shared = options.share !== false && SharedConnection.possible(this.#options);
    this.#connection = shared ? new SharedConnection(this.#options, this.#at, this.#hears(), () => this.#goAlone()) : this.#alone();
    this.#asleep = onWake(() => this.#state.name !== 'signed out' && this.connect());
    // Later, so that whoever made us can subscribe before anything happens.
    queueMicrotask(() => !this.#started && this.#state.name !== 'closed' && this.connect());
  }

  get state() {
    return this.#state;
  }

  /** Who the server says we are; undefined until the first `welcome`. */
  get identity() {
    return this.#identity;
  }

  /** `websocket`, `sse` or `poll`; undefined while there is no connection. */
  get transport() {
    return this.#up ? this.#transport : undefined;
  }

  /** How many events wait to be published. */
  get pending() {
    return this.#outbox.size;
  }

  /** Listens for `state`, `welcome`, `pending`, `error` or `fault`; as `onState` … of the options do. */
  on(name, handler) {
    this.#listeners.add(name, handler);
    return this;
  }

  off(name, handler) {
    this.#listeners.remove(name, handler);
    return this;
  }

  /**
   * Follows a stream. A connection carries a stream once: subscriptions that ask for the same share it, each with its own
   * handlers; one that asks for something else of the same stream gets another connection.
   * @param {string} stream
   * @param {import('./millrace.d.ts').SubscribeOptions} [options]
   */
  subscribe(stream, options = {}) {
    this.#mustBeOpen();
    return new Subscription(stream, options, (s, asked) => this.#place(s, asked), (e) => this.#report(e));
  }

  /**
   * Publishes an event; the promise is the server's answer, or fails with a {@link Refusal}. Without a connection it waits
   * for one, in order, unless `keep` is false.
   */
  async publish(event, { keep = true } = {}) {
    this.#mustBeOpen();
    return this.#outbox.add(event, keep, this.#up);
  }

  /** Who is on a stream now. */
  async presence(stream) {
    this.#mustBeOpen();
    if (typeof stream !== 'string') {
      throw new TypeError('A stream is named by a text.');
    }
    const id = ++this.#lastId;
    return new Promise((resolve, reject) => {
      this.#asked.set(id, { resolve, reject });
      if (!this.#up || !this.#connection.send({ type: 'presence', id, stream })) {
        this.#answer(id, { type: 'error', code: 'offline', message: 'There is no connection to ask on.' });
      }
    });
  }

  /**
   * What the API answers: `read('kpis')`, `read('entities/order/o-1')`. Asks for the token as a connection would; fails with a
   * {@link Refusal}.
   */
  async read(path) {
    this.#mustBeOpen();
    const { token, fetch = globalThis.fetch?.bind(globalThis) } = this.#options;
    return read(path, { fetch, at: this.#at, token: await new Tokens(token, this.#clock).get(), clock: this.#clock });
  }

  /** Tries now: after signing in anew, when the network is back, to leave a wait short; or makes sure that it lives. */
  connect() {
    this.#started = true;
    this.#connection.connect();
    this.#asides.forEach((aside) => aside.connect());
  }

  close() {
    this.#asleep();
    this.#up = false;
    this.#connection.close();
    this.#streams.close();
    this.#asides.forEach((aside) => aside.close());
    this.#asides.clear();
    this.#show({ name: 'closed', text: 'closed' });
  }

  #mustBeOpen() {
    if (this.#state.name === 'closed') {
      throw new Refusal({ code: 'closed', message: 'This client is closed.' });
    }
  }

  #place(subscription, options) {
    let followed = this.#streams.place(subscription, options);
    for (const aside of this.#asides) {
      followed ??= aside.#streams.place(subscription, options);
    }
    return followed ?? this.#aside().#streams.place(subscription, options);
  }

  #aside() {
    const ours = ['state', 'welcome', 'pending', 'error', 'begun'].map((name) => [`on${name[0].toUpperCase()}${name.slice(1)}`, undefined]);
    const aside = new Millrace({ ...this.#options, ...Object.fromEntries(ours), share: false, onFault: (e) => this.#report(e) });
    aside.on('error', (error) => this.#listeners.call('error', error));
    aside.on('state', () => this.#showProgress());
    // With nothing to follow it is given up.
    aside.#emptied = () => {
      this.#asides.delete(aside);
      aside.close();
      this.#showProgress();
    };
    this.#asides.add(aside);
    this.#showProgress();
    return aside;
  }

  #progressed() {
    this.#showProgress();
    if (this.#streams.size === 0 && this.#state.name !== 'closed') {
      this.#emptied?.();
    }
  }

  #begun(stream) {
    try {
      const options = this.#options.onBegun?.(stream);
      options !== undefined && this.subscribe(stream, options);
    } catch (e) {
      this.#report(e);
    }
  }

  #alone() {
    return new Connection(this.#options, this.#at, this.#hears());
  }

  /** What is asked for here can't be had from the connection that the tabs share. */
  #goAlone() {
    this.#down();
    this.#connection.close();
    this.#connection = this.#alone();
    this.#connection.connect();
  }

  #hears() {
    return {
      up: (welcome, transport) => this.#connected(welcome, transport),
      identity: (welcome) => this.#welcomed(welcome),
      message: (message) => this.#take(message),
      down: () => this.#down(),
      state: (state) => this.#show(state),
      fault: (e) => this.#report(e),
    };
  }

  #connected(welcome, transport) {
    this.#up = true;
    this.#transport = transport;
    if (this.#identity !== undefined && rightsOf(this.#identity) !== rightsOf(welcome)) {
      this.#streams.lose({ code: 'rights_changed', message: 'What may be seen has changed.' });
    }
    this.#welcomed(welcome);
    this.#streams.connected();
    this.#outbox.connected();
    this.#showProgress();
  }

  #welcomed(welcome) {
    this.#identity = welcome;
    this.#listeners.call('welcome', welcome);
  }

  #down() {
    this.#up = false;
    this.#streams.disconnected();
    this.#outbox.disconnected();
    this.#forsake('offline', 'The connection was lost before the answer came.');
  }

  #forsake(code, message) {
    [...this.#asked.keys()].forEach((id) => this.#answer(id, { type: 'error', code, message }));
  }

  #answer(id, message) {
    const asked = this.#asked.get(id);
    this.#asked.delete(id);
    message.type === 'error' ? asked?.reject(new Refusal(message)) : asked?.resolve(message);
    return asked !== undefined;
  }

  #take(message) {
    if (message.id !== undefined && (this.#outbox.take(message) || this.#answer(message.id, message))) {
      return;
    }
    if (!this.#streams.take(message)) {
      if (message.id === undefined && message.retryAfter > 0) {
        this.#outbox.hold(message.retryAfter);
      }
      this.#listeners.call('error', message);
    }
  }

  #showProgress() {
    if (!this.#up) {
      return;
    }
    const asides = [...this.#asides].every((aside) => LASTING.has(aside.#state.name));
    const name = this.#streams.caughtUp && asides ? 'live' : 'catching up';
    if (name === this.#state.name) {
      return;
    }
    if (name === 'live' && this.#awaySince !== undefined) {
      const resumed = { ...this.#streams.missed(), away: this.#clock.wall() - this.#awaySince };
      this.#awaySince = undefined;
      this.#show({ name, text: name, resumed });
    } else {
      this.#show({ name, text: name });
    }
  }

  #show(state) {
    if (this.#state.name === 'live' && state.name !== 'catching up' && state.name !== 'live') {
      this.#awaySince = this.#clock.wall();
    }
    this.#state = state;
    if (state.name === 'signed out') {
      this.#streams.lose({ code: 'signed_out', message: state.why?.message ?? 'Signed out.' });
    }
    if (state.name === 'closed') {
      this.#outbox.close();
      this.#forsake('closed', 'This client is closed.');
    }
    this.#listeners.call('state', state);
  }

  #report(e, name) {
    if (name !== 'fault' && this.#listeners.has('fault')) {
      this.#listeners.call('fault', e);
    } else {
      console.error('millrace:', e);
    }
  }
}
