import { read } from '../api.js';

/** So many events are kept to be looked at, and so many entities of a kind; the API is for looking things up. */
const EVENTS = 50;
const ENTITIES = 30;

/** One stream of whatever pack: its latest events, and its entities as they stand. */
export class Stream {
  #client;
  #token;
  #catalog;
  #changed;
  #subscription;
  /** Goes up with each stream that is chosen, so that an answer about an earlier one changes nothing. */
  #round = 0;

  /** Entities that have changed while we looked: which, and after how many others. */
  #changes = new Map();

  name;
  status = 'loading';
  problem = '';
  /** The newest first. */
  events = [];
  /** How many have come since it is followed. */
  count = 0;

  /**
   * @param {import('/client/millrace.d.ts').Millrace} client
   * @param {() => string | undefined | Promise<string | undefined>} token
   * @param {import('../catalog.js').Catalog} catalog
   * @param {() => void} changed
   */
  constructor(client, token, catalog, changed) {
    this.#client = client;
    this.#token = token;
    this.#catalog = catalog;
    this.#changed = changed;
  }

  /** Where this page is in it. */
  get place() {
    return { stream: this.name, position: this.#subscription?.position };
  }

  /** The kinds of entities that there are, or may come to be. */
  get kinds() {
    const declared = this.#catalog.types.filter((t) => t.see !== 'none' && t.entity && covers(t.stream, this.name));
    return [...new Set(declared.map((t) => t.entity.kind))];
  }

  /** Loads its latest events and its entities, and follows it from there. */
  async follow(name) {
    const round = ++this.#round;
    this.#subscription?.close();
    this.#changes.clear();
    Object.assign(this, { name, status: 'loading', problem: '', events: [], count: 0 });
    this.#changed();
    const past = await this.#past(name);
    if (round !== this.#round) {
      return;
    }
    this.events = past.reverse().map(shown);
    const whole = this.kinds.length > 0;
    this.#subscription = this.#client.subscribe(name, {
      ...(whole ? { state: true, delta: true } : {}),
      onLoad: () => this.#set('following'),
      onSubscribed: () => whole || this.#set('following'),
      onEntity: ({ kind, id }) => this.#changes.set(`${kind} ${id}`, this.count + 1),
      onReset: () => this.#changed(),
      onLost: (why) => this.#lost(why),
      onEvent: (message) => this.#event(message),
      onError: (error) => error.retryAfter > 0 || this.#refused(error),
    });
    this.#changed();
  }

  /** @returns {object[]} the entities of a kind that changed last, the newest first */
  entities(kind) {
    const all = [...(this.#subscription?.entities ?? [])].filter((entity) => entity.kind === kind);
    // The server tells first which changed last.
    const order = new Map(all.map((entity, i) => [entity, this.#changes.get(`${kind} ${entity.id}`) ?? -i]));
    return all.sort((a, b) => order.get(b) - order.get(a)).slice(0, ENTITIES);
  }

  async #past(name) {
    try {
      return (await read(`/api/streams/${encodeURIComponent(name)}/events?last=${EVENTS}`, this.#token())).events;
    } catch {
      return []; // nothing yet, or following it will say why
    }
  }

  #event(message) {
    this.count++;
    const event = shown(message);
    if (!this.events.some((known) => known.key === event.key)) {
      this.events = [event, ...this.events].slice(0, EVENTS);
    }
    this.#changed();
  }

  /** What is shown may not be seen any more. */
  #lost({ code, message }) {
    this.events = [];
    this.#changes.clear();
    code === 'signed_out' ? this.#set('denied', message) : this.#changed();
  }

  #refused({ code, message }) {
    this.#set(code === 'permission_denied' || code === 'unauthenticated' ? 'denied' : 'failed', message);
  }

  #set(status, problem = '') {
    this.status = status;
    this.problem = problem;
    this.#changed();
  }
}

/** What is shown of an event: what it said, or where only its change was sent, what changed. */
function shown(message) {
  const { id, type, data, patch, state, entity } = message.data;
  const about = entity === undefined ? '' : `${entity.kind} ${entity.id}`;
  const deleted = entity !== undefined && state === null;
  return {
    key: message.position ?? id,
    type,
    kind: message.type,
    at: Date.parse(message.timestamp),
    about: deleted ? `${about}, deleted` : about,
    fields: data ?? patch ?? state ?? {},
  };
}

/** Whether a stream is one of those that a pack names: `orders`, or `room:{data.roomId}`. */
function covers(template, name = '') {
  const brace = template.indexOf('{');
  return brace < 0 ? template === name : name.startsWith(template.slice(0, brace));
}
