import { Store } from './store.js';

export const WAITING = Object.freeze({ status: 'waiting', error: undefined, gap: undefined, events: Object.freeze([]) });

/**
 * One subscription of the client's and where it stands. The client makes one of the server's of all that ask for the same.
 */
class StreamStore extends Store {
  #session;
  #stream;
  #options;
  #error = (error) => this._change({ error, ...(error.retryAfter > 0 ? {} : { status: 'refused' }) });

  /**
   * @param {import('./session.js').Session} session
   * @param {string} stream
   * @param {import('@millrace/client').StreamOptions} options
   * @param {() => void} ended
   */
  constructor(session, stream, options, ended) {
    super(WAITING, ended);
    this.#session = session;
    this.#stream = stream;
    this.#options = options;
  }

  _begin() {
    const subscription = this.#session.client.subscribe(this.#stream, { ...this.#options, onError: this.#error });
    this._follow(subscription);
    return () => subscription.unsubscribe();
  }

  _live() {
    this._change({ status: 'live', error: undefined });
  }
}

const isOf = (types, message) => types === undefined || types.includes(message.data.type);

/** The newest events of a stream, oldest first. */
export class EventStore extends StreamStore {
  #types;
  #limit;

  /**
   * @param {readonly string[] | undefined} types which events; undefined: all
   * @param {number} limit how many are kept at most
   */
  constructor(session, stream, options, types, limit, ended) {
    super(session, stream, options, ended);
    this.#types = types;
    this.#limit = limit;
  }

  _follow(subscription) {
    subscription
      .on('event', (message) => this.#add(message))
      .on('subscribed', () => this._live())
      .on('reset', (gap) => this._change({ status: 'live', error: undefined, gap }))
      .on('lost', () => this._change({ status: 'waiting', events: [] }));
    // Another of the page's had subscribed before.
    subscription.open && this._live();
  }

  #add(message) {
    if (isOf(this.#types, message)) {
      this._change({ events: Object.freeze([...this.snapshot.events, message].slice(-this.#limit)) });
    }
  }
}

/** The entities of a stream as they stand. Each is another object after a change, and the same until then. */
export class EntityStore extends StreamStore {
  #entities = new Map();

  get(kind, id) {
    return this.#entities.get(keyOf({ kind, id }));
  }

  _follow(subscription) {
    subscription
      .on('load', (entities) => {
        this.#entities = new Map([...entities].map((entity) => [keyOf(entity), entity]));
        this._live();
      })
      .on('entity', (entity) => {
        entity.state === null ? this.#entities.delete(keyOf(entity)) : this.#entities.set(keyOf(entity), entity);
        this._notify();
      })
      .on('reset', () => this._change({ status: 'waiting' }))
      .on('lost', () => {
        this.#entities = new Map();
        this._change({ status: 'waiting' });
      });
  }
}

const keyOf = ({ kind, id }) => `${kind.length}:${kind}${id}`;

/** Tells one handler of each event, and shows nothing. */
export class EventListener extends StreamStore {
  #types;
  #tell;

  /**
   * @param {readonly string[] | undefined} types which events; undefined: all
   * @param {(message: import('@millrace/client').Message) => void} tell
   */
  constructor(session, stream, options, types, tell) {
    super(session, stream, options, () => {});
    this.#types = types;
    this.#tell = tell;
  }

  _follow(subscription) {
    subscription.on('event', (message) => isOf(this.#types, message) && this.#tell(message));
  }
}
