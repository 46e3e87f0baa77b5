import { compare } from './position.js';

/** How many sealed positions are remembered to know a repeat by; a resume that goes back further than this is a reset. */
const REMEMBERED = 1_024;
/** After a resume: this long without an event, in ms, and we take ourselves to have caught up … */
const QUIET_MS = 400;
/** … or this long in all, where the server doesn't say how far there is to go. */
const CATCH_UP_MS = 5_000;

/**
 * One stream as one client follows it. It owns the only thing that has to survive a dropped connection: the position
 * up to which the handler has seen everything.
 *
 * Made by {@link Millrace#subscribe}. What begins with `_` is for {@link Streams}.
 */
export class Subscription {
  #handlers;
  #client;
  #position;
  #recent = new Set();
  #state = 'waiting';
  #head;
  #quiet;
  #limit;

  /** Events given to the handler, and events left out because the handler already had them. */
  received = 0;
  repeats = 0;

  /** The id of the last request for it. */
  _asked = 0;

  /**
   * @param {string} stream
   * @param {import('./millrace.d.ts').Handlers} handlers
   * @param {object} client
   * @param {import('./millrace.d.ts').Clock} client.clock
   * @param {(s: Subscription) => void} client.forget
   * @param {() => void} client.settled
   * @param {(e: unknown) => void} client.report
   */
  constructor(stream, handlers, client) {
    this.stream = stream;
    this.#handlers = handlers;
    this.#client = client;
    this.#position = handlers.after;
  }

  /** The position up to which the handler has seen everything; keep it to resume from in another life of the page. */
  get position() {
    return this.#position;
  }

  /** @returns {boolean} whether the handler is, as far as we know, up to the present */
  get caughtUp() {
    return this.#state === 'live' || this.#state === 'refused' || this.#state === 'closed';
  }

  close() {
    if (this.#state !== 'closed') {
      this.#state = 'closed';
      this.#stopTimers();
      this.#client.forget(this);
    }
  }

  /** What to ask of a new connection. */
  _request(id) {
    this.#stopTimers();
    this.#state = 'waiting';
    this._asked = id;
    const request = { type: 'subscribe', id, stream: this.stream };
    return this.#position === undefined ? request : { ...request, after: this.#position };
  }

  _disconnected() {
    this.#stopTimers();
    if (this.#state !== 'closed') {
      this.#state = 'waiting';
    }
  }

  _subscribed(message) {
    if (this.#state === 'closed') {
      return;
    }
    const resumed = this.#position !== undefined;
    if (resumed && message.recovered !== false) {
      // Our own position stays: should the answer name the stream's head, the events before it are still to come.
      this.#catchUpTo(message.position);
    } else {
      this.#moveTo(message.position);
      this.#state = 'live';
    }
    this.#call('onSubscribed', message);
    if (resumed && message.recovered === false) {
      this.#call('onReset', 'not_recovered');
    }
    this.#settle();
  }

  /** @param {{retryAfter?: number}} error with `retryAfter` it is only put off: Streams asks again */
  _refused(error) {
    if (this.#state !== 'closed') {
      this.#state = error.retryAfter > 0 ? 'waiting' : 'refused';
      this.#call('onError', error);
      this.#settle();
    }
  }

  /** An event of this stream, in the order in which it arrived. */
  _event(message) {
    if (this.#state !== 'live' && this.#state !== 'catching up') {
      return; // meant for an earlier subscription to the same stream; ours begins with `subscribed`
    }
    if (this.#isRepeat(message.position)) {
      this.repeats++;
    } else {
      // First the position, then the handler: one that throws isn't given the same event again for ever.
      this.#advance(message.position);
      this.received++;
      this.#call('onEvent', message);
    }
    this.#progress();
  }

  /** The server says that nothing up to here is for us: a resume needn't walk through it again. */
  _position(message) {
    if (this.#state === 'live' || this.#state === 'catching up') {
      this.#advance(message.position);
      this.#progress();
    }
  }

  /** Some of the stream was left out, and the server says so. */
  _gap(message) {
    if (this.#state !== 'closed') {
      this.#moveTo(message.to);
      this.#call('onReset', message.reason ?? 'gap');
    }
  }

  #moveTo(position) {
    this.#recent.clear();
    this.#position = position ?? this.#position;
  }

  #isRepeat(position) {
    const order = compare(position, this.#position);
    // Sealed positions have no order, but those already seen can be known again.
    return order === undefined ? this.#recent.has(position) : order <= 0;
  }

  #advance(position) {
    if (typeof position !== 'string') {
      return; // an event that isn't kept has no place in the order
    }
    this.#position = position;
    this.#recent.add(position);
    if (this.#recent.size > REMEMBERED) {
      this.#recent.delete(this.#recent.values().next().value);
    }
  }

  #catchUpTo(head) {
    this.#state = 'catching up';
    this.#head = compare(head, this.#position) > 0 ? head : undefined;
    const done = () => this.#caughtUp();
    this.#limit = this.#client.clock.setTimeout(done, CATCH_UP_MS);
    this.#quiet = this.#client.clock.setTimeout(done, QUIET_MS);
  }

  #progress() {
    if (this.#state !== 'catching up') {
      return;
    }
    if (this.#head !== undefined && compare(this.#position, this.#head) >= 0) {
      this.#caughtUp();
      return;
    }
    this.#client.clock.clearTimeout(this.#quiet);
    this.#quiet = this.#client.clock.setTimeout(() => this.#caughtUp(), QUIET_MS);
  }

  #caughtUp() {
    this.#stopTimers();
    this.#state = 'live';
    this.#settle();
  }

  #settle() {
    if (this.caughtUp) {
      this.#client.settled();
    }
  }

  #stopTimers() {
    this.#client.clock.clearTimeout(this.#quiet);
    this.#client.clock.clearTimeout(this.#limit);
  }

  /** A handler's mistake is its own: it must not cost the other handlers their events. */
  #call(name, argument) {
    try {
      this.#handlers[name]?.(argument);
    } catch (e) {
      this.#client.report(e);
    }
  }
}
