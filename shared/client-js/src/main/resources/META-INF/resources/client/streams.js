import { Subscription } from './subscription.js';

/**
 * The subscriptions of one client: asks for them on whatever connection there is, and gives each message to the one
 * it is for. They outlive connections; the requests don't.
 */
export class Streams {
  #clock;
  #send;
  #on;
  #subscriptions = new Map();
  #requests = new Map();
  #lastRequest = 0;

  /**
   * @param {import('./millrace.d.ts').Clock} clock
   * @param {(message: object) => boolean} send whether there was a welcomed connection to send it on
   * @param {{progress(): void, fault(e: unknown): void}} on
   */
  constructor(clock, send, on) {
    this.#clock = clock;
    this.#send = send;
    this.#on = on;
  }

  get caughtUp() {
    return [...this.#subscriptions.values()].every((s) => s.caughtUp);
  }

  add(stream, handlers) {
    if (this.#subscriptions.has(stream)) {
      throw new Error(`There is a subscription to "${stream}" already; close it first.`);
    }
    const subscription = new Subscription(stream, handlers, {
      clock: this.#clock,
      forget: (s) => this.#forget(s),
      settled: () => this.#on.progress(),
      report: (e) => this.#on.fault(e),
    });
    this.#subscriptions.set(stream, subscription);
    this.#request(subscription);
    this.#on.progress();
    return subscription;
  }

  connected() {
    for (const subscription of this.#subscriptions.values()) {
      this.#request(subscription);
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
      case 'gap':
        subscription?._gap(message);
        return true;
      case 'subscribed':
        this.#answered(message)?._subscribed(message);
        return true;
      case 'error':
        return this.#refused(message);
      default:
        return true; // a newer server may say more than we know
    }
  }

  #refused(error) {
    const subscription = this.#answered(error);
    if (subscription === undefined) {
      return false;
    }
    subscription._refused(error);
    if (error.retryAfter > 0) {
      // Not if a new connection has asked for it in the meantime.
      const asked = subscription._asked;
      const again = () => this.#has(subscription) && subscription._asked === asked && this.#request(subscription);
      this.#clock.setTimeout(again, error.retryAfter);
    }
    return true;
  }

  #request(subscription) {
    const id = ++this.#lastRequest;
    this.#requests.set(id, subscription);
    if (!this.#send(subscription._request(id))) {
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
      this.#send({ type: 'unsubscribe', id: ++this.#lastRequest, stream: subscription.stream });
      this.#on.progress();
    }
  }

  #has(subscription) {
    return this.#subscriptions.get(subscription.stream) === subscription;
  }
}
