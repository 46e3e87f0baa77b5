import { CatchUp } from './catch-up.js';
import { changesAnEntity, EntityTable } from './entities.js';
import { Cursor } from './position.js';

/** Refusals after which nothing that came of the stream may be shown any more. */
const DENIED = new Set(['permission_denied', 'unauthenticated', 'token_revoked']);

/** What is asked of the server beside where to begin. */
const STREAM_OPTIONS = ['filter', 'delta', 'rate', 'slow'];

/**
 * One stream as it is followed over one connection, for all {@link Subscription}s that ask for the same. What begins with
 * `_` is for {@link Streams}.
 */
export class FollowedStream {
  #options;
  #client;
  #cursor;
  #state = 'waiting';
  #catchUp;
  /** The options before the last ones, until the server has agreed to these. */
  #agreed;
  /** Entities that came with `state` and aren't whole yet. */
  #loading;
  #loaded = false;
  /** The position at which a patch had nothing to change the last time. */
  #misfit;

  #entities = new EntityTable();
  /** Where the entities that come with `state` stand. */
  #loadingAt;
  #received = 0;

  /** @type {Set<import('./subscription.js').Subscription>} */
  members = new Set();
  /** Events left out because they had come already. */
  repeats = 0;

  /** The id of the last request for it. */
  _asked = 0;
  /** Events that happened while the connection was away and came after it; whether there were others that are gone. */
  _missed = 0;
  _lost = false;

  /**
   * @param {string} stream
   * @param {import('./millrace.d.ts').StreamOptions} options
   * @param {object} client
   * @param {import('./millrace.d.ts').Clock} client.clock
   * @param {(s: FollowedStream, live: boolean) => void} client.ask asks for it anew; live if it is to go on meanwhile
   * @param {(s: FollowedStream) => void} client.forget
   * @param {() => void} client.settled
   */
  constructor(stream, options, client) {
    this.stream = stream;
    this.#options = options;
    this.#client = client;
    this.#cursor = new Cursor(options.after);
    this.#catchUp = new CatchUp(client.clock, () => {
      this.#state = 'live';
      this.#settle();
    });
  }

  get options() {
    return this.#options;
  }

  get entities() {
    return this.#entities.snapshot;
  }

  get position() {
    return this.#cursor.position;
  }

  /** @returns {boolean} whether the handler is, as far as we know, up to the present */
  get caughtUp() {
    return this.#state === 'live' || this.#state === 'refused' || this.#state === 'closed';
  }

  /** Whether events are taken now. */
  get _open() {
    return this.#state === 'live' || this.#state === 'catching up';
  }

  /** @returns {boolean} whether it gives one more subscription what that asks for; then it is a member */
  join(subscription, options) {
    if (!this.#gives(options)) {
      return false;
    }
    this.members.add(subscription);
    if (this.#state === 'refused') {
      this.#client.ask(this, false);
    } else if (options.state === true && this.#loaded) {
      queueMicrotask(() => this.members.has(subscription) && this.#loaded && subscription._hear('load', this.entities));
    }
    return true;
  }

  /** Another beginning would be another place in the stream than the others'. */
  #gives(options) {
    const begins = options.after === undefined || options.after === this.position || (options.after === this.#options.after && this.#received === 0);
    const loads = options.state !== true || this.#options.state === true;
    return begins && loads && STREAM_OPTIONS.every((name) => JSON.stringify(options[name]) === JSON.stringify(this.#options[name]));
  }

  leave(subscription) {
    if (this.members.delete(subscription) && this.members.size === 0) {
      this.close();
    }
  }

  /** @param {boolean} anew whether it begins where the options say, and not where it is */
  replace(options, anew) {
    this.#agreed ??= this.#options;
    this.#options = options;
    if (anew) {
      this.#begin(options.after);
    }
    this.#client.ask(this, !anew && this._open);
  }

  close() {
    if (this.#state !== 'closed') {
      this.#state = 'closed';
      this.#catchUp.stop();
      this.#client.forget(this);
    }
  }

  /** @param {boolean} live whether the server knows where we are: then it goes on from there */
  _request(id, live) {
    this._asked = id;
    const request = { type: 'subscribe', id, stream: this.stream };
    for (const name of STREAM_OPTIONS) {
      if (this.#options[name] !== undefined) {
        request[name] = this.#options[name];
      }
    }
    // Who has entities from `state` has to hear what leaves, also where it goes on without loading them anew.
    const removed = this.#options.state === true && this.#options.delta !== true ? { removed: true } : {};
    if (live) {
      return { ...request, ...removed };
    }
    this.#catchUp.stop();
    this.#state = 'waiting';
    this.#loading = undefined;
    if (this.#toLoad()) {
      return { ...request, state: true };
    }
    return this.position === undefined ? request : { ...request, ...removed, after: this.position };
  }

  _disconnected() {
    this.#catchUp.stop();
    if (this._open) {
      this._missed = 0;
      this._lost = false;
    }
    if (this.#state !== 'closed') {
      this.#state = 'waiting';
    }
  }

  /** @param {object} message the answer to our last request, or the server's word that it had to begin anew */
  _subscribed(message) {
    if (this.#state === 'closed') {
      return;
    }
    if (message.renewed === true) {
      this._lose({ code: 'rights_changed', message: 'What may be seen of the stream has changed.' });
      this.#startOver(message.position, 'rights_changed');
      return;
    }
    this.#agreed = undefined;
    const resumed = this.position !== undefined;
    // With the reason `history` a gap follows, from which it goes on.
    const lost = resumed && message.recovered === false && message.reason !== 'history' && !this.#toLoad();
    if (this.#toLoad()) {
      this.#state = 'loading';
    } else if (resumed && !lost && !this._open) {
      // Our own position stays: should the answer name the stream's head, the events before it are still to come.
      const nothing = message.head !== undefined && message.head === this.position;
      this.#state = nothing ? 'live' : 'catching up';
      nothing || this.#catchUp.start(this.position, message.head ?? message.position);
    } else if (!resumed) {
      this.#cursor.moveTo(message.position);
      this.#state = 'live';
    }
    this.#tell('subscribed', message);
    if (lost && this.#state !== 'closed') {
      this.#startOver(message.position, 'not_recovered');
    }
    this.#settle();
  }

  /**
   * @param {{retryAfter?: number}} error with `retryAfter` it is only put off: Streams asks again
   * @param {boolean} ended whether the server has ended it, and not refused a change of it
   */
  _refused(error, ended) {
    if (this.#state !== 'closed') {
      const later = error.retryAfter > 0;
      this.#options = (later ? undefined : this.#agreed) ?? this.#options;
      this.#agreed = later ? this.#agreed : undefined;
      if (ended || !this._open) {
        this.#catchUp.stop();
        this.#state = later ? 'waiting' : 'refused';
        !later && DENIED.has(error.code) && this._lose(error);
      }
      this.#tell('error', error);
      this.#settle();
    }
  }

  /** What came of the stream may not be shown any more. With `state` what may be shown is loaded at the next request. */
  _lose(why) {
    if (this.#state !== 'closed') {
      this.#entities = new EntityTable();
      this.#loading = undefined;
      this.#loaded = false;
      this.#tell('lost', why);
    }
  }

  /** An event of this stream, in the order in which it arrived. */
  _event(message) {
    if (!this._open) {
      return; // meant for an earlier subscription to the same stream; ours begins with `subscribed`
    }
    if (this.#cursor.isRepeat(message.position)) {
      this.repeats++;
    } else if (!changesAnEntity(message) || this.#change(message)) {
      // First the position, then the handler: one that throws isn't given the same event again for ever.
      this.#cursor.advance(message.position);
      this.#received++;
      this._missed += this.#state === 'catching up' ? 1 : 0;
      this.#tell('event', message);
    } else {
      return;
    }
    // What isn't kept is of this moment, and says nothing of what was missed.
    message.position === undefined || this.#progress();
  }

  /** Entities as they stand, a part of them or the last. */
  _state(message) {
    if (this.#state !== 'loading') {
      return;
    }
    if (this.#loading === undefined || this.#loadingAt !== message.position) {
      this.#loading = new EntityTable(); // a transport that was interrupted begins with the first part
      this.#loadingAt = message.position;
    }
    message.entities.forEach((entity) => this.#loading.put(entity));
    if (!message.more) {
      this.#entities = this.#loading;
      this.#loading = undefined;
      this.#loaded = true;
      this.#cursor.moveTo(message.position);
      this.#state = 'live';
      this.#tell('load', this.entities);
      this.#settle();
    }
  }

  /** An entity that we may not see any more, or don't ask for: it was deleted, is another's, or left the filter. */
  _removed(message) {
    if (!this._open || this.#cursor.isRepeat(message.position)) {
      return;
    }
    this.#cursor.advance(message.position);
    const before = this.#entities.get(message.entity.kind, message.entity.id);
    if (before !== undefined) {
      const now = this.#entities.apply({ entity: message.entity, version: before.version, state: null });
      this.#tell('entity', now, message);
    }
    this.#progress();
  }

  /** The server says that nothing up to here is for us: a resume needn't walk through it again. */
  _position(message) {
    if (this._open) {
      this.#cursor.advance(message.position);
      this.#progress();
    }
  }

  /** Some of the stream was left out, and the server says so. */
  _gap(message) {
    if (this._open) {
      this.#startOver(message.to, message.reason ?? 'gap');
    }
  }

  /** @returns {boolean} false for a patch of an entity that isn't here: then it is asked for anew, whole */
  #change(message) {
    const { kind, id } = message.data.entity;
    const before = this.#entities.get(kind, id);
    const now = this.#entities.apply(message.data);
    if (now !== undefined) {
      now !== before && this.#tell('entity', now, message);
      return true;
    }
    if (this.#misfit === this.position) {
      this.#cursor.advance(message.position);
      this.#startOver(this.position, 'not_the_base');
    } else {
      this.#misfit = this.position;
      this.#client.ask(this, false);
    }
    return false;
  }

  /** What came before can't be continued. With `state` it is loaded anew by itself. */
  #startOver(position, reason) {
    this._lost = true;
    this.#cursor.moveTo(position);
    this.#state = 'live';
    this.#tell('reset', reason);
    if (this.#options.state === true && this.#state === 'live') {
      this.#begin(undefined);
      this.#client.ask(this, false);
    }
  }

  #begin(after) {
    this.#loaded = false;
    this.#cursor.forget();
    this.#cursor.moveTo(after);
  }

  #toLoad() {
    return this.#options.state === true && !this.#loaded;
  }

  #progress() {
    if (this.#state === 'catching up') {
      this.#catchUp.came(this.position);
    }
  }

  #settle() {
    if (this.caughtUp) {
      this.#client.settled();
    }
  }

  #tell(name, ...args) {
    [...this.members].forEach((subscription) => subscription._hear(name, ...args));
  }
}
