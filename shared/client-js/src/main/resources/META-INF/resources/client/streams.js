import { Subscription } from './subscription.js';

/**
 * The subscriptions of one client: asks for them on whatever connection there is, and gives each message to the one
 * it is for. They outlive connections; the requests don't.
 */
export class Streams {
  #clock;
  #send;
  #on;
  #nextId;
  #begun;
  #subscriptions = new Map();
  #requests = new Map();

  /**
   * @param {object} with_
   * @param {import('./millrace.d.ts').Clock} with_.clock
   * @param {(message: object) => boolean} with_.send whether there was a welcomed connection to send it on
   * @param {() => number} with_.nextId
   * @param {((stream: string) => import('./millrace.d.ts').Handlers | undefined) | undefined} with_.begun handlers of a
   *     stream that the server subscribed us to
   * @param {{progress(): void, fault(e: unknown): void}} with_.on
   */
  constructor({ clock, send, nextId, begun, on }) {
    this.#clock = clock;
    this.#send = send;
    this.#nextId = nextId;
    this.#begun = begun;
    this.#on = on;
  }

  get caughtUp() {
    return [...this.#subscriptions.values()].every((s) => s.caughtUp);
  }

  add(stream, handlers) {
    if (this.#subscriptions.has(stream)) {
      throw new Error(`There is a subscription to "${stream}" already; replace or close it.`);
    }
    const subscription = this.#make(stream, handlers);
    this.#request(subscription, false);
    this.#on.progress();
    return subscription;
  }

  #make(stream, handlers) {
    const subscription = new Subscription(stream, handlers, {
      clock: this.#clock,
      ask: (s, live) => this.#request(s, live),
      forget: (s) => this.#forget(s),
      settled: () => this.#on.progress(),
      report: (e) => this.#on.fault(e),
    });
    this.#subscriptions.set(stream, subscription);
    return subscription;
  }

  /** What came while the connection was away, once all have caught up; whether some of it is gone. */
  missed() {
    const all = [...this.#subscriptions.values()];
    return { events: all.reduce((sum, s) => sum + s._missed, 0), lost: all.some((s) => s._lost) };
  }

  connected() {
    for (const subscription of this.#subscriptions.values()) {
      this.#request(subscription, false);
    }
  }

  disconnected() {
    this.#requests.clear();
    for (const subscription of this.#subscriptions.values()) {
      subscription._disconnected();
    }
  }

  close() {
    for (const subscription of [...this.#subscriptions.values()]) {
      subscription.close();
    }
  }

  /** @returns {boolean} false for an error that is about no subscription of ours */
  take(message) {
    const subscription = this.#subscriptions.get(message.stream);
    switch (message.type) {
      case 'tick':
      case 'update':
      case 'alert':
      case 'notification':
        subscription?._event(message);
        return true;
      case 'position':
        subscription?._position(message);
        return true;
      case 'state':
        subscription?._state(message);
        return true;
      case 'gap':
        subscription?._gap(message);
        return true;
      case 'subscribed':
        this.#subscribed(message, subscription);
        return true;
      case 'error':
        return this.#refused(message, subscription);
      default:
        return true; // a newer server may say more than we know
    }
  }

  #subscribed(message, known) {
    const asked = this.#answered(message);
    if (asked !== undefined) {
      asked._subscribed(message);
    } else if (message.auto === true && known === undefined) {
      const handlers = this.#begun?.(message.stream);
      if (handlers !== undefined) {
        this.#make(message.stream, handlers)._subscribed(message);
      }
    } else if (message.id === undefined && message.recovered === false && known?._open) {
      known._subscribed(message); // the stream was begun anew
    }
  }

  #refused(error, known) {
    const ended = error.id === undefined;
    const subscription = this.#answered(error) ?? (ended ? known : undefined);
    if (subscription === undefined) {
      return false;
    }
    subscription._refused(error, ended);
    if (error.retryAfter > 0) {
      // Not if a new connection has asked for it in the meantime.
      const asked = subscription._asked;
      const again = () => this.#has(subscription) && subscription._asked === asked && this.#request(subscription, subscription._open);
      this.#clock.setTimeout(again, error.retryAfter);
    }
    return true;
  }

  /** @param {boolean} live whether the server knows where it is, and it goes on meanwhile */
  #request(subscription, live) {
    const id = this.#nextId();
    const earlier = subscription._asked;
    this.#requests.set(id, subscription);
    if (this.#send(subscription._request(id, live))) {
      this.#requests.delete(earlier);
    } else {
      this.#requests.delete(id);
    }
  }

  #answered(message) {
    const subscription = this.#requests.get(message.id);
    this.#requests.delete(message.id);
    return subscription;
  }

  #forget(subscription) {
    if (this.#has(subscription)) {
      this.#subscriptions.delete(subscription.stream);
      this.#send({ type: 'unsubscribe', id: this.#nextId(), stream: subscription.stream });
      this.#on.progress();
    }
  }

  #has(subscription) {
    return this.#subscriptions.get(subscription.stream) === subscription;
  }
}
