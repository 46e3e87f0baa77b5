import { Listeners } from './listeners.js';
import { snapshot } from './snapshot.js';

const WISHES = ['filter', 'after', 'state', 'delta', 'rate', 'slow'];
const NAMES = ['event', 'reset', 'subscribed', 'error', 'load', 'entity', 'lost'];

/**
 * What {@link Millrace#subscribe} gives: one listener's part of a stream. Those who wish for the same share a
 * {@link Channel}.
 */
export class Subscription {
  #channel;
  #listeners;
  #place;
  #repeatsBefore;
  #closed = false;

  /** Events given to the handlers. */
  received = 0;

  /**
   * @param {string} stream
   * @param {import('./millrace.d.ts').SubscribeOptions} options
   * @param {(s: Subscription, wishes: object) => import('./channel.js').Channel} place where such wishes are fulfilled
   * @param {(fault: unknown) => void} report
   */
  constructor(stream, options, place, report) {
    if (typeof stream !== 'string' || stream === '') {
      throw new TypeError('A stream is named by a text that is not empty.');
    }
    this.stream = stream;
    this.#listeners = new Listeners(NAMES, options, report);
    this.#place = place;
    this.#settleAt(place(this, wishesOf(options)));
  }

  /** Up to where the handlers have seen everything; keep it to resume from in another life of the page. */
  get position() {
    return this.#channel.position;
  }

  /** @returns {boolean} whether the handlers are, as far as we know, up to the present */
  get caughtUp() {
    return this.#channel.caughtUp;
  }

  /** Events left out because the handlers already had them. */
  get repeats() {
    return this.#channel.repeats - this.#repeatsBefore;
  }

  /** Entities as they stand; with `state` or `delta`. The same object until one of them changes, then another. */
  get entities() {
    return this.#channel.entities;
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
   * Wishes for something else of the same stream from now on; what isn't named stays, `undefined` takes it back. With
   * `after` (or `state`) it begins there; without, it goes on where it is, without gap or repeat.
   */
  replace(wishes) {
    if (this.#closed) {
      throw new Error('This subscription is closed.');
    }
    const { after, state, ...others } = this.#channel.wishes;
    const anew = 'after' in wishes || wishes.state === true;
    const next = wishesOf({ ...others, ...(wishes.state === undefined ? { state } : {}), ...wishes });
    if (this.#channel.members.size === 1) {
      this.#channel.replace(next, anew);
    } else {
      // The others keep theirs; where it can, it goes on from where they all are.
      const { position } = this.#channel;
      this.#channel.leave(this);
      this.#settleAt(this.#place(this, anew || next.state ? next : { ...next, after: position }));
    }
  }

  unsubscribe() {
    if (!this.#closed) {
      this.#closed = true;
      this.#channel.leave(this);
    }
  }

  close() {
    this.unsubscribe();
  }

  /** For {@link Channel}: something that the handlers listen for. */
  _hear(name, ...args) {
    if (!this.#closed) {
      this.received += name === 'event' ? 1 : 0;
      this.#listeners.call(name, ...args);
    }
  }

  #settleAt(channel) {
    this.#channel = channel;
    this.#repeatsBefore = channel.repeats;
  }
}

const wishesOf = (options) => snapshot('what a subscription asks for', Object.fromEntries(WISHES.map((name) => [name, options[name]])));
