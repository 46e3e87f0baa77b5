import { newId } from './environment.js';
import { Refusal } from './refusal.js';
import { snapshot } from './json-copy.js';

/** How long an answer may take before the same event is sent again, in ms. */
const ANSWER_WITHIN_MS = 15_000;
/** The longest that a server which asks for patience again and again is left alone, in ms. */
const PATIENCE_MS = 30_000;

/**
 * What is to be published: in order, each once. One at a time is under way; whatever becomes of the connection, it is sent
 * again until there is an answer, and since its id was made here the server knows it again.
 */
export class Outbox {
  #clock;
  #send;
  #nextId;
  #limit;
  #changed;
  #waiting = [];
  /** The request under way, if any; its event is the first that waits. */
  #asked;
  #timer;
  #held = false;
  /** How often in a row the server has asked for patience. */
  #askedFor = 0;

  /**
   * @param {object} with_
   * @param {import('./millrace.d.ts').Clock} with_.clock
   * @param {(message: object) => boolean} with_.send
   * @param {() => number} with_.nextId
   * @param {number} with_.limit how many may wait
   * @param {() => void} with_.changed
   */
  constructor({ clock, send, nextId, limit, changed }) {
    this.#clock = clock;
    this.#send = send;
    this.#nextId = nextId;
    this.#limit = limit;
    this.#changed = changed;
  }

  get size() {
    return this.#waiting.length;
  }

  /**
   * @param {object} event
   * @param {boolean} keep false: only if it can be said now, and once
   * @returns {Promise<import('./millrace.d.ts').Published>}
   */
  add(event, keep, connected) {
    if (!keep && !connected) {
      return Promise.reject(new Refusal({ code: 'offline', message: 'There is no connection to say it on.' }));
    }
    if (this.#waiting.length >= this.#limit) {
      return Promise.reject(new Refusal({ code: 'full', message: `${this.#limit} events wait to be sent already.` }));
    }
    let sent;
    try {
      sent = { id: newId(this.#clock.wall()), ...snapshot('an event', event) };
    } catch (e) {
      return Promise.reject(new Refusal({ code: 'invalid_event', message: e.message }));
    }
    return new Promise((resolve, reject) => {
      this.#waiting.push({ event: sent, keep, resolve, reject });
      this.#changed();
      this.#next();
    });
  }

  connected() {
    this.#held = false;
    this.#next();
  }

  disconnected() {
    this.#forget();
    const gone = new Refusal({ code: 'offline', message: 'The connection was lost before the answer came.' });
    this.#waiting.filter((w) => !w.keep).forEach((w) => w.reject(gone));
    this.#waiting = this.#waiting.filter((w) => w.keep);
    this.#changed();
  }

  /** The server has asked for patience; who has to ask twice gets twice as much, since asking again counts too. */
  hold(ms) {
    this.#wait(Math.min(PATIENCE_MS, ms * 2 ** this.#askedFor++));
  }

  /** @returns {boolean} whether it was about something of ours */
  take(message) {
    if (this.#asked === undefined || message.id !== this.#asked) {
      return false;
    }
    if (message.type === 'error' && message.retryAfter > 0) {
      this.hold(message.retryAfter);
      return true;
    }
    this.#forget();
    this.#askedFor = 0;
    const { resolve, reject } = this.#waiting.shift();
    this.#changed();
    message.type === 'error' ? reject(new Refusal(message)) : resolve(message);
    this.#next();
    return true;
  }

  close() {
    this.#forget();
    this.#held = true;
    const closed = new Refusal({ code: 'closed', message: 'This client is closed.' });
    this.#waiting.splice(0).forEach((w) => w.reject(closed));
  }

  #next() {
    if (this.#asked !== undefined || this.#held || this.#waiting.length === 0) {
      return;
    }
    const id = this.#nextId();
    if (this.#send({ type: 'publish', id, event: this.#waiting[0].event })) {
      this.#asked = id;
      this.#timer = this.#clock.setTimeout(() => this.#wait(0), ANSWER_WITHIN_MS);
    }
  }

  #wait(ms) {
    this.#forget();
    this.#held = true;
    this.#timer = this.#clock.setTimeout(() => this.connected(), ms);
  }

  #forget() {
    this.#clock.clearTimeout(this.#timer);
    this.#asked = undefined;
  }
}
