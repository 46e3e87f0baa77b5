import { read } from './api.js';

/** How much of the past a page asks for when it opens. */
const PAST = 1_000;
/** Between two loads of the same stream, in ms: the first wait and the longest. */
const SOONEST = 1_000;
const LATEST = 15_000;

/**
 * Keeps a model up to date with a stream: first its latest past, then, from exactly where that ended, its events. With a
 * filter it begins at the first event that is kept, so that what passes can be added up: `complete` says when every one
 * has come that was there at the beginning. Loads anew when the client reports a hole, since sums with a hole in them
 * would be wrong and look right.
 *
 * `status` is `loading` (with a `problem` if that failed and is tried again), `following`, `denied` or `failed`; `changed` is
 * called whenever the status or the model changed.
 */
export class Follow {
  #client;
  #token;
  #changed;
  #past;
  #subscription;
  #filter;
  /** Where the stream was when the subscription began. */
  #head;
  /** Goes up with each load, so that one that comes too late changes nothing. */
  #round = 0;
  #failures = 0;
  #earlier = { received: 0, repeats: 0 };

  status = 'loading';
  problem = '';

  /**
   * @param {object} of
   * @param {import('/client/millrace.d.ts').Millrace} of.client
   * @param {() => string | undefined | Promise<string | undefined>} of.token
   * @param {string} of.stream
   * @param {{reset(): void, apply(message: object, past: boolean): void}} of.model
   * @param {boolean} of.past whether to load the stream's past first
   * @param {() => void} of.changed
   */
  constructor({ client, token, stream, model, past, changed }) {
    this.#client = client;
    this.#token = token;
    this.#past = past;
    this.#changed = changed;
    this.stream = stream;
    this.model = model;
  }

  /** Messages of the stream that this page has had, and those it was sent twice and left out. */
  get received() {
    return this.#earlier.received + (this.#subscription?.received ?? 0);
  }

  get repeats() {
    return this.#earlier.repeats + (this.#subscription?.repeats ?? 0);
  }

  get position() {
    return this.#subscription?.position;
  }

  get filtered() {
    return this.#filter !== undefined;
  }

  /** Whether the model has had every event that passes the filter. Without one it never claims to have had them all. */
  get complete() {
    const last = offset(this.#head);
    return this.filtered && this.status === 'following' && (last === 0 || offset(this.position) >= last);
  }

  async start() {
    const round = ++this.#round;
    let after;
    const known = this.#past && !this.filtered && (await this.#token()) !== undefined;
    if (round !== this.#round) {
      return;
    }
    if (this.filtered) {
      this.model.reset();
      after = 'beginning';
    } else if (known) {
      const answer = await this.#load(round);
      if (answer === undefined || round !== this.#round) {
        return;
      }
      this.#take(answer.events);
      after = answer.next;
    } else {
      this.model.reset();
    }
    this.#subscribe(after);
  }

  /**
   * From now on only what passes, of the past too. What doesn't pass isn't sent any more.
   *
   * @param {object | undefined} filter as the server takes it
   */
  async only(filter) {
    this.#filter = filter;
    this.#head = undefined;
    if (this.#round > 0) {
      await this.start();
    }
  }

  close() {
    this.#round++;
    this.#subscription?.close();
  }

  /** @returns {Promise<{events: object[], next?: string} | undefined>} undefined when it is denied, put off or too late */
  async #load(round) {
    try {
      return await read(`/api/streams/${encodeURIComponent(this.stream)}/events?last=${PAST}`, this.#token());
    } catch (e) {
      if (round !== this.#round) {
        return undefined;
      }
      if (e.status === 401 || e.status === 403) {
        this.#set('denied');
      } else if (e.status === 404) {
        return { events: [] }; // nothing has ever happened on it
      } else {
        this.#later(e.retryAfter ?? 0, e.message);
      }
      return undefined;
    }
  }

  #take(events) {
    this.model.reset();
    this.#earlier.received += events.length;
    for (const message of events) {
      this.model.notice?.(message);
      this.model.apply(message, true);
    }
  }

  #subscribe(after) {
    if (this.#client.state.name === 'closed') {
      this.#set('failed', 'the connection was closed');
      return;
    }
    if (this.#subscription !== undefined) {
      this.#set('loading');
      this.#subscription.replace({ filter: this.#filter, after });
      return;
    }
    this.#subscription = this.#client.subscribe(this.stream, {
      filter: this.#filter,
      after,
      onEvent: (message) => {
        this.model.notice?.(message);
        this.model.apply(message, this.filtered && !this.complete);
        this.#changed();
      },
      onSubscribed: (answer) => {
        this.#head = answer.head ?? answer.position;
        this.#failures = answer.recovered === false ? this.#failures : 0;
        this.#set('following');
      },
      onReset: () => this.#again(),
      onLost: (why) => this.#lost(why),
      onError: (error) => this.#refused(error),
    });
  }

  #refused(error) {
    if (error.retryAfter > 0) {
      return; // the client asks again by itself
    }
    const denied = error.code === 'permission_denied' || error.code === 'forbidden' || error.code === 'unauthenticated';
    this.#set(denied ? 'denied' : 'failed', error.message);
  }

  /** What is shown may not be seen any more. */
  #lost(why) {
    this.model.reset();
    if (why.code === 'signed_out') {
      this.#set('denied', why.message);
    } else if (why.code === 'rights_changed') {
      this.#again();
    } else {
      this.#changed();
    }
  }

  #again() {
    this.#earlier = { received: this.received, repeats: this.repeats };
    this.#subscription?.close();
    this.#subscription = undefined;
    this.#later(0);
  }

  /** Spread over time: a reset comes to every page at once. */
  #later(atLeastMs, problem = '') {
    this.#set('loading', problem);
    const ceiling = Math.min(LATEST, SOONEST * 2 ** this.#failures++);
    const round = this.#round;
    setTimeout(() => round === this.#round && this.start(), Math.max(atLeastMs, Math.random() * ceiling));
  }

  #set(status, problem = '') {
    this.status = status;
    this.problem = problem;
    this.#changed();
  }
}

/** @returns {number} of a position that may be read; NaN of another, which is never at or after anything */
export function offset(position) {
  return Number(/:(\d{1,15})$/.exec(position ?? '')?.[1] ?? NaN);
}
