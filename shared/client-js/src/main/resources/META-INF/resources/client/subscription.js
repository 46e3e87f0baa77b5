import { CatchUp } from './catch-up.js';
import { Entities } from './entities.js';
import { Cursor } from './position.js';

/** What is asked of the server; the rest of the handlers is ours. */
const WISHES = ['filter', 'delta', 'rate', 'slow'];

/**
 * One stream as one client follows it.
 *
 * Made by {@link Millrace#subscribe}. What begins with `_` is for {@link Streams}.
 */
export class Subscription {
  #handlers;
  #client;
  #cursor;
  #state = 'waiting';
  #catchUp;
  /** The wishes before the last ones, until the server has agreed to these. */
  #agreed;
  /** Entities that came with `state` and aren't whole yet. */
  #loading;
  #loaded = false;
  /** The position at which a patch didn't fit the last time. */
  #misfit;

  /** Entities as they stand; kept with `state` and `delta`. */
  entities = new Entities();
  /** Events given to the handler, and events left out because the handler already had them. */
  received = 0;
  repeats = 0;

  /** The id of the last request for it. */
  _asked = 0;
  /** Events that happened while the connection was away and came after it; whether there were others that are gone. */
  _missed = 0;
  _lost = false;

  /**
   * @param {string} stream
   * @param {import('./millrace.d.ts').Handlers} handlers
   * @param {object} client
   * @param {import('./millrace.d.ts').Clock} client.clock
   * @param {(s: Subscription, live: boolean) => void} client.ask asks for it anew; live if it is to go on meanwhile
   * @param {(s: Subscription) => void} client.forget
   * @param {() => void} client.settled
   * @param {(e: unknown) => void} client.report
   */
  constructor(stream, handlers, client) {
    this.stream = stream;
    this.#handlers = handlers;
    this.#client = client;
    this.#cursor = new Cursor(handlers.after);
    this.#catchUp = new CatchUp(client.clock, () => {
      this.#state = 'live';
      this.#settle();
    });
  }

  /** The position up to which the handler has seen everything; keep it to resume from in another life of the page. */
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

  /**
   * Wishes for something else of the same stream from now on; what isn't named stays, `undefined` takes it back. With
   * `after` (or `state`) it begins there; without, it goes on where it is, without gap or repeat.
   */
  replace(wishes) {
    if (this.#state === 'closed') {
      throw new Error('This subscription is closed.');
    }
    this.#agreed ??= this.#handlers;
    this.#handlers = { ...this.#handlers, ...wishes };
    const anew = 'after' in wishes || wishes.state === true;
    if (anew) {
      this.#begin(wishes.after);
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
    for (const name of WISHES) {
      if (this.#handlers[name] !== undefined) {
        request[name] = this.#handlers[name];
      }
    }
    if (live) {
      return request;
    }
    this.#catchUp.stop();
    this.#state = 'waiting';
    this.#loading = undefined;
    if (this.#toLoad()) {
      return { ...request, state: true };
    }
    return this.position === undefined ? request : { ...request, after: this.position };
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
    this.#agreed = undefined;
    const resumed = this.position !== undefined;
    const lost = resumed && message.recovered === false && !this.#toLoad();
    if (this.#toLoad()) {
      this.#state = 'loading';
    } else if (resumed && !lost && !this._open) {
      // Our own position stays: should the answer name the stream's head, the events before it are still to come.
      this.#state = 'catching up';
      this.#catchUp.start(this.position, message.head ?? message.position);
    } else if (!resumed) {
      this.#cursor.moveTo(message.position);
      this.#state = 'live';
    }
    this.#call('onSubscribed', message);
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
      this.#handlers = (later ? undefined : this.#agreed) ?? this.#handlers;
      this.#agreed = later ? this.#agreed : undefined;
      if (ended || !this._open) {
        this.#catchUp.stop();
        this.#state = later ? 'waiting' : 'refused';
      }
      this.#call('onError', error);
      this.#settle();
    }
  }

  /** An event of this stream, in the order in which it arrived. */
  _event(message) {
    if (!this._open) {
      return; // meant for an earlier subscription to the same stream; ours begins with `subscribed`
    }
    if (this.#cursor.isRepeat(message.position)) {
      this.repeats++;
    } else if (message.data?.entity === undefined || this.#change(message)) {
      // First the position, then the handler: one that throws isn't given the same event again for ever.
      this.#cursor.advance(message.position);
      this.received++;
      this._missed += this.#state === 'catching up' ? 1 : 0;
      this.#call('onEvent', message);
    } else {
      return;
    }
    this.#progress();
  }

  /** Entities as they stand, a part of them or the last. */
  _state(message) {
    if (this.#state !== 'loading') {
      return;
    }
    this.#loading ??= [];
    this.#loading.push(...message.entities);
    if (!message.more) {
      this.entities.clear();
      this.#loading.forEach((entity) => this.entities.put(entity));
      this.#loading = undefined;
      this.#loaded = true;
      this.#cursor.moveTo(message.position);
      this.#state = 'live';
      this.#call('onLoad', this.entities);
      this.#settle();
    }
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

  /** @returns {boolean} false if the change doesn't fit what we have: then it is asked for anew, whole */
  #change(message) {
    const now = this.entities.apply(message.data);
    if (now !== undefined) {
      this.#call('onEntity', now, message);
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
    this.#call('onReset', reason);
    if (this.#handlers.state === true && this.#state === 'live') {
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
    return this.#handlers.state === true && !this.#loaded;
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

  /** A handler's mistake is its own: it must not cost the other handlers their events. */
  #call(name, ...args) {
    try {
      this.#handlers[name]?.(...args);
    } catch (e) {
      this.#client.report(e);
    }
  }
}
