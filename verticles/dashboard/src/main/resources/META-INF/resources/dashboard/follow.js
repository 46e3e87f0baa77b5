/** How much of the past a page asks for when it opens. */
const PAST = 1_000;
/** Between two loads of the same stream, in ms: the first wait and the longest. */
const SOONEST = 1_000;
const LATEST = 15_000;

/**
 * Keeps a model up to date with a stream: first its past, then, from exactly where that ended, its events. Loads anew
 * when the client reports a hole, since sums with a hole in them would be wrong and look right.
 *
 * `status` is `loading`, `following`, `denied` or `failed`; `changed` is called whenever the status or the model changed.
 */
export class Follow {
  #client;
  #token;
  #changed;
  #past;
  #subscription;
  #filter;
  /** Goes up with each load, so that one that comes too late changes nothing. */
  #round = 0;
  #failures = 0;
  #earlier = { received: 0, repeats: 0 };

  status = 'loading';
  problem = '';

  /**
   * @param {object} of
   * @param {import('/client/millrace.d.ts').Millrace} of.client
   * @param {() => string | undefined} of.token
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

  async start() {
    const round = ++this.#round;
    let after;
    if (this.#past && this.#token() !== undefined) {
      const answer = await this.#load();
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
   * @param {{wish: object, passes(message: object): boolean} | undefined} filter
   */
  async only(filter) {
    this.#filter = filter;
    if (this.#subscription !== undefined) {
      await this.start();
    }
  }

  /** @returns {Promise<{events: object[], next?: string} | undefined>} undefined when it is denied or put off */
  async #load() {
    let response;
    try {
      response = await fetch(`/api/streams/${this.stream}/events?last=${PAST}`, {
        headers: { authorization: `Bearer ${this.#token()}` },
        cache: 'no-store',
      });
      if (response.ok) {
        return await response.json();
      }
    } catch {
      // the server is away; the header says so already
    }
    if (response?.status === 401 || response?.status === 403) {
      this.#set('denied');
    } else if (response?.status === 404) {
      return { events: [] }; // nothing has ever happened on it
    } else {
      this.#later(1_000 * Number(response?.headers.get('retry-after')) || 0);
    }
    return undefined;
  }

  #take(events) {
    this.model.reset();
    this.#earlier.received += events.length;
    for (const message of events) {
      this.model.notice?.(message);
      if (this.#filter?.passes(message) ?? true) {
        message.superseded || this.model.apply(message, true);
      }
    }
  }

  #subscribe(after) {
    if (this.#client.state.name === 'closed') {
      this.#set('failed', 'the connection was closed');
      return;
    }
    if (this.#subscription !== undefined) {
      this.#subscription.replace({ filter: this.#filter?.wish, after });
      return;
    }
    this.#subscription = this.#client.subscribe(this.stream, {
      filter: this.#filter?.wish,
      after,
      onEvent: (message) => {
        this.model.notice?.(message);
        message.superseded || this.model.apply(message, false);
        this.#changed();
      },
      onSubscribed: (answer) => {
        this.#failures = answer.recovered === false ? this.#failures : 0;
        this.#set('following');
      },
      onReset: () => this.#again(),
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

  #again() {
    this.#earlier = { received: this.received, repeats: this.repeats };
    this.#subscription?.close();
    this.#subscription = undefined;
    this.#later(0);
  }

  /** Spread over time: a reset comes to every page at once. */
  #later(atLeastMs) {
    this.#set('loading');
    const ceiling = Math.min(LATEST, SOONEST * 2 ** this.#failures++);
    setTimeout(() => this.start(), Math.max(atLeastMs, Math.random() * ceiling));
  }

  #set(status, problem = '') {
    this.status = status;
    this.problem = problem;
    this.#changed();
  }
}
