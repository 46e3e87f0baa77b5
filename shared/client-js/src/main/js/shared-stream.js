import { changesAnEntity, EntityTable } from './entities.js';
import { compare } from './position.js';

/** So many messages of a stream are kept, for a tab that joins a moment behind the others. */
const KEPT = 1_024;
const EVENTS = new Set(['tick', 'update', 'alert', 'notification', 'removed', 'position']);

/** One stream as several tabs follow it over one connection: what the server was asked for, and what came of late. */
export class SharedStream {
  #options;
  /** Everything after this position is in `kept`. */
  #start;
  #kept = [];
  #entities = new EntityTable();
  #position;
  /** How far there was to go when the server answered. */
  #head;
  tabs = new Set();
  /** Requests of other tabs that wait until the server has answered the first. */
  waiting = [];
  ready = false;

  /**
   * @param {object} request the first
   * @param {SharedStream | undefined} before what this one replaces
   */
  constructor(request, before) {
    this.before = before;
    this.#options = optionsOf(request);
    this.asksState = request.state === true;
    this.delta = request.delta === true;
    this.#start = this.#position = request.after ?? (this.asksState ? undefined : before?.#position);
  }

  isFor(request) {
    return this.#options === optionsOf(request);
  }

  others(tab) {
    return [...this.tabs].some((t) => t !== tab);
  }

  /** Takes in what the server says of it. */
  take(message) {
    if (message.type === 'subscribed') {
      this.before = undefined;
      this.ready = !this.asksState;
      this.#head = message.head ?? message.position;
      if (message.renewed === true) {
        this.#entities = new EntityTable();
        this.ready = true;
      }
      if (message.recovered === false || message.renewed === true || this.#start === undefined) {
        this.#beginAt(message.position);
      }
    } else if (message.type === 'state') {
      message.entities.forEach((entity) => this.#entities.put(entity));
      if (!message.more) {
        this.#beginAt(message.position);
        this.ready = true;
      }
    } else if (message.type === 'gap') {
      this.#beginAt(message.to);
    } else if (EVENTS.has(message.type)) {
      this.#keep(message);
    }
  }

  /**
   * What a tab that comes later has to be told, so that it stands where the others do.
   *
   * @returns {object[] | undefined} undefined if it can't be had here
   */
  join({ id, stream, after, state }) {
    const subscribed = { type: 'subscribed', id, stream, position: this.#position, recovered: true };
    if (state === true) {
      // Only with `delta` do we know how the entities stand by now.
      const entities = [...this.#entities.snapshot];
      const whole = { type: 'state', stream, position: this.#position, entities, more: false };
      return this.asksState && this.delta ? [subscribed, whole] : undefined;
    }
    if (after === undefined) {
      return this.delta ? undefined : [subscribed];
    }
    if (compare(this.#head, this.#position) > 0) {
      subscribed.position = this.#head;
    }
    const at = after === this.#start ? 0 : this.#kept.findLastIndex((m) => m.position === after) + 1;
    return after === this.#start || at > 0 ? [subscribed, ...this.#kept.slice(at)] : undefined;
  }

  #beginAt(position) {
    this.#start = this.#position = position;
    this.#kept = [];
  }

  #keep(message) {
    if (message.type === 'removed') {
      this.#entities.apply({ entity: message.entity, version: 0, state: null });
    } else if (this.delta && changesAnEntity(message)) {
      this.#entities.apply(message.data);
    }
    this.#position = message.position ?? this.#position;
    this.#kept.push(message);
    if (this.#kept.length > KEPT) {
      this.#start = this.#kept.shift().position ?? this.#start;
    }
  }
}

const optionsOf = ({ filter, state, delta, removed, rate, slow }) =>
  JSON.stringify([filter, delta, rate, slow, state === true || removed === true || delta === true]);
