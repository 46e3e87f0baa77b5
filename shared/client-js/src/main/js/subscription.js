import { Listeners } from './listeners.js';
import { snapshot } from './json-copy.js';

const STREAM_OPTIONS = ['filter', 'after', 'state', 'delta', 'rate', 'slow'];
const NAMES = ['event', 'reset', 'subscribed', 'error', 'load', 'entity', 'lost'];

/**
 * What {@link Millrace#subscribe} gives: one listener's part of a stream. Those who ask for the same share a
 * {@link FollowedStream}.
 */
export class Subscription {
  #followed;
  #listeners;
  #place;
  #repeatsBefore;
  #closed = false;

  /** Events given to the handlers. */
  received = 0;

  /**
   * @param {string} stream
   * @param {import('./millrace.d.ts').SubscribeOptions} options
   * @param {(s: Subscription, options: object) => import('./followed-stream.js').FollowedStream} place where such options are met
   * @param {(fault: unknown) => void} report
   */
  constructor(stream, options, place, report) {
    if (typeof stream !== 'string' || stream === '') {
      throw new TypeError('A stream is named by a text that is not empty.');
    }
    this.stream = stream;
    this.#listeners = new Listeners(NAMES, options, report);
    this.#place = place;
    this.#settleAt(place(this, streamOptions(options)));
  }

  /** Up to where the handlers have seen everything; keep it to resume from in another life of the page. */
  get position() {
    return this.#followed.position;
  }

  /** @returns {boolean} whether the handlers are, as far as we know, up to the present */
  get caughtUp() {
    return this.#followed.caughtUp;
  }

  /** @returns {boolean} whether the server has agreed, and what happens comes; false while there is no connection */
  get open() {
    return this.#followed._open;
  }

  /** Events left out because the handlers already had them. */
  get repeats() {
    return this.#followed.repeats - this.#repeatsBefore;
  }

  /** Entities as they stand; with `state` or `delta`. The same object until one of them changes, then another. */
  get entities() {
    return this.#followed.entities;
  }

  on(name, handler) {
    this.#listeners.add(name, handler);
    return this;
  }

  off(name, handler) {
    this.#listeners.remove(name, handler);
    return this;
  }

  /**
   * Asks for something else of the same stream from now on; what isn't named stays, `undefined` takes it back. With
   * `after` (or `state`) it begins there; without, it goes on where it is, without gap or repeat.
   */
  replace(options) {
    if (this.#closed) {
      throw new Error('This subscription is closed.');
    }
    const { after, state, ...others } = this.#followed.options;
    const anew = 'after' in options || options.state === true;
    const next = streamOptions({ ...others, ...(options.state === undefined ? { state } : {}), ...options });
    if (this.#followed.members.size === 1) {
      this.#followed.replace(next, anew);
    } else {
      // The others keep theirs; where it can, it goes on from where they all are.
      const { position } = this.#followed;
      this.#followed.leave(this);
      this.#settleAt(this.#place(this, anew || next.state ? next : { ...next, after: position }));
    }
  }

  unsubscribe() {
    if (!this.#closed) {
      this.#closed = true;
      this.#followed.leave(this);
    }
  }

  close() {
    this.unsubscribe();
  }

  /** For {@link FollowedStream}: something that the handlers listen for. */
  _hear(name, ...args) {
    if (!this.#closed) {
      this.received += name === 'event' ? 1 : 0;
      this.#listeners.call(name, ...args);
    }
  }

  #settleAt(followed) {
    this.#followed = followed;
    this.#repeatsBefore = followed.repeats;
  }
}

const streamOptions = (options) => snapshot('what a subscription asks for', Object.fromEntries(STREAM_OPTIONS.map((name) => [name, options[name]])));
