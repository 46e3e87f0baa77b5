/**
 * Follows Millrace's streams, in a browser or in Node: every event once and in order, across dropped connections, restarts
 * and rolling releases; and where that isn't possible, `onReset` says so. Publishes, and keeps what it can't say yet.
 *
 *     const millrace = new Millrace({ url: 'wss://shop.example/api/ws', token: () => currentToken() });
 *     const orders = millrace.subscribe('orders', { onEvent: (message) => show(message.data) });
 *
 * `link.js` is a connection that always comes back, `tabs.js` one shared between tabs, `subscription.js` one stream's
 * memory (`streams.js` has them all), `outbox.js` what is still to be said, `policy.js` when and how to come back.
 */
import { addresses, onWake, REAL_CLOCK } from './environment.js';
import { Link } from './link.js';
import { Outbox } from './outbox.js';
import { Refusal } from './refusal.js';
import { Streams } from './streams.js';
import { SharedLink } from './tabs.js';

export { Refusal };

/** @typedef {import('./millrace.d.ts').Handlers} Handlers */
/** @typedef {import('./millrace.d.ts').Options} Options */

/** How many events wait to be published at most, unless the options say otherwise. */
const OUTBOX = 1_000;

export class Millrace {
  #options;
  #at;
  #clock;
  #link;
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

  /** @param {Options} [options] */
  constructor(options = {}) {
    this.#options = { clock: REAL_CLOCK, ...options };
    this.#clock = this.#options.clock;
    this.#at = addresses(options.url);
    const send = (message) => this.#up && this.#link.send(message);
    const nextId = () => ++this.#lastId;
    this.#streams = new Streams({
      clock: this.#clock,
      send,
      nextId,
      begun: options.onBegun,
      on: { progress: () => this.#showProgress(), fault: (e) => this.#report(e) },
    });
    this.#outbox = new Outbox({
      clock: this.#clock,
      send,
      nextId,
      limit: options.outbox ?? OUTBOX,
      changed: () => this.#guard(this.#options.onPending, this.#outbox.size),
    });
    const shared = options.share !== false && SharedLink.possible(this.#options);
    this.#link = shared ? new SharedLink(this.#options, this.#at, this.#hears(), () => this.#goAlone()) : this.#alone();
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

  /**
   * Follows a stream. One subscription for each stream and client: the server tells them apart by the stream's name.
   * @param {string} stream
   * @param {Handlers} handlers
   * @returns {import('./millrace.d.ts').Subscription}
   */
  subscribe(stream, handlers) {
    this.#mustBeOpen();
    return this.#streams.add(stream, handlers);
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
    const id = ++this.#lastId;
    return new Promise((resolve, reject) => {
      this.#asked.set(id, { resolve, reject });
      if (!this.#up || !this.#link.send({ type: 'presence', id, stream })) {
        this.#answer(id, { type: 'error', code: 'offline', message: 'There is no connection to ask on.' });
      }
    });
  }

  /** Tries now: after signing in anew, when the network is back, to leave a wait short; or makes sure that it lives. */
  connect() {
    this.#started = true;
    this.#link.connect();
  }

  close() {
    this.#asleep();
    this.#up = false;
    this.#link.close();
    this.#streams.close();
    this.#show({ name: 'closed', text: 'closed' });
  }

  #mustBeOpen() {
    if (this.#state.name === 'closed') {
      throw new Refusal({ code: 'closed', message: 'This client is closed.' });
    }
  }

  #alone() {
    return new Link(this.#options, this.#at, this.#hears());
  }

  /** What is wished for here can't be had from the connection that the tabs share. */
  #goAlone() {
    this.#down();
    this.#link.close();
    this.#link = this.#alone();
    this.#link.connect();
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
    this.#welcomed(welcome);
    this.#streams.connected();
    this.#outbox.connected();
    this.#showProgress();
  }

  #welcomed(welcome) {
    this.#identity = welcome;
    this.#guard(this.#options.onWelcome, welcome);
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
      this.#guard(this.#options.onError, message);
    }
  }

  #showProgress() {
    if (!this.#up) {
      return;
    }
    const name = this.#streams.caughtUp ? 'live' : 'catching up';
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
    if (state.name === 'closed') {
      this.#outbox.close();
      this.#forsake('closed', 'This client is closed.');
    }
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
