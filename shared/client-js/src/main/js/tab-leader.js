import { Connection } from './connection.js';
import { SharedStream } from './shared-stream.js';

/**
 * The leader's side of a shared connection: takes the tabs' requests, asks the server once for what several of them
 * follow, and gives each what it would have got alone. It remembers nothing over a lost connection; every tab asks again
 * from where it was.
 */
export class TabLeader {
  #connection;
  #post;
  #gone;
  #tabs = new Set();
  #streams = new Map();
  /** Streams that the server subscribed us to: what it said. */
  #begun = new Map();
  /** Requests under way: our id → {tab, id} of theirs, and the stream that it begins. */
  #asked = new Map();
  #lastId = 0;
  /** What is said to a tab while there is a connection; how many there have been. */
  #up;
  #ups = 0;
  #state = { type: '$state', state: { name: 'connecting', text: 'connecting' } };
  /** What is to be said, gathered for one turn. */
  #said = [];

  /**
   * @param {object} with_
   * @param {import('./millrace.d.ts').Options} with_.options
   * @param {object} with_.at
   * @param {(tab: string | undefined, messages: object[]) => void} with_.post to one tab, or to all
   * @param {(tab: string, then: () => void) => void} with_.gone calls back when the tab isn't there any more
   * @param {(e: unknown) => void} with_.fault
   */
  constructor({ options, at, post, gone, fault }) {
    this.#post = post;
    this.#gone = gone;
    this.#connection = new Connection(options, at, {
      up: (welcome, transport) => this.#say((this.#up = { type: '$up', nth: ++this.#ups, welcome, transport })),
      identity: (welcome) => {
        this.#up = { ...this.#up, welcome };
        this.#say({ type: '$identity', welcome });
      },
      message: (message) => this.#heard(message),
      down: () => this.#down(),
      state: (state) => this.#say((this.#state = { type: '$state', state })),
      fault,
    });
    this.#say(this.#state);
    this.#connection.connect();
  }

  close() {
    this.#said = [];
    this.#connection.close();
  }

  /** What a tab says. */
  take(tab, message) {
    switch (message.type) {
      case '$hello':
        this.#welcome(tab);
        break;
      case '$bye':
        this.#leave(tab);
        break;
      case '$connect':
        this.#connection.connect();
        break;
      case '$there':
        this.#connection.prove(() => this.#say({ type: '$here' }, tab));
        break;
      case 'subscribe':
        this.#subscribe(tab, message);
        break;
      case 'unsubscribe':
        this.#unsubscribe(tab, message.stream);
        break;
      default:
        this.#ask(message, tab);
    }
  }

  #welcome(tab) {
    if (!this.#tabs.has(tab)) {
      this.#tabs.add(tab);
      this.#gone(tab, () => this.#leave(tab));
    }
    this.#say({ ...this.#state, known: true }, tab);
    if (this.#up !== undefined) {
      this.#say(this.#up, tab);
      this.#begun.forEach((message) => this.#say(message, tab));
    }
  }

  /** To all tabs, as to one that has just come: some of them may not have known who leads. */
  announce() {
    this.#say({ ...this.#state, known: true });
    this.#up !== undefined && this.#say(this.#up);
  }

  #leave(tab) {
    this.#tabs.delete(tab);
    [...this.#streams.keys()].forEach((stream) => this.#unsubscribe(tab, stream));
  }

  #ask(message, tab, begins) {
    const id = ++this.#lastId;
    this.#asked.set(id, { tab, id: message.id, begins });
    this.#connection.send({ ...message, id });
  }

  #subscribe(tab, message) {
    const known = this.#streams.get(message.stream);
    if (known === undefined || !known.others(tab)) {
      const begins = new SharedStream(message, known);
      begins.tabs.add(tab);
      this.#streams.set(message.stream, begins);
      this.#ask(message, tab, begins);
    } else if (!known.isFor(message) || (known.delta && known.tabs.has(tab))) {
      this.#say({ type: '$alone' }, tab);
    } else {
      known.tabs.add(tab);
      known.ready ? this.#join(tab, known, message) : known.waiting.push({ tab, message });
    }
  }

  #join(tab, stream, message) {
    const messages = stream.join(message) ?? [{ type: '$alone' }];
    messages.forEach((m) => this.#say(m, tab));
  }

  #unsubscribe(tab, stream) {
    const known = this.#streams.get(stream);
    if (known?.tabs.delete(tab) && known.tabs.size === 0) {
      this.#streams.delete(stream);
      this.#connection.send({ type: 'unsubscribe', id: ++this.#lastId, stream });
    }
  }

  #heard(message) {
    const asked = this.#asked.get(message.id);
    if (message.id !== undefined && asked === undefined) {
      return; // nobody waits for it any more
    }
    this.#asked.delete(message.id);
    const stream = asked?.begins ?? this.#streams.get(message.stream);
    if (message.type === 'error' && asked?.begins !== undefined) {
      this.#refused(message, asked);
      return;
    }
    if (message.type === 'error' && asked === undefined && !(message.retryAfter > 0)) {
      // The server has ended it: what is kept of it is for no tab any more.
      this.#streams.delete(message.stream);
      this.#begun.delete(message.stream);
    }
    if (message.auto === true) {
      this.#begun.set(message.stream, message);
    }
    stream?.take(message);
    this.#say(asked === undefined ? message : { ...message, id: asked.id }, asked?.tab);
    if (stream?.ready) {
      stream.waiting.splice(0).forEach(({ tab, message: request }) => this.#join(tab, stream, request));
    }
  }

  /** Whoever waited for the same is refused with the same words; what it was to replace still stands. */
  #refused(error, { tab, id, begins }) {
    [{ tab, message: { id } }, ...begins.waiting].forEach((w) => this.#say({ ...error, id: w.message.id }, w.tab));
    const [stream] = [...this.#streams].find(([, s]) => s === begins) ?? [];
    if (begins.before === undefined) {
      this.#streams.delete(stream);
    } else if (stream !== undefined) {
      this.#streams.set(stream, begins.before);
    }
  }

  #down() {
    this.#up = undefined;
    this.#streams.clear();
    this.#begun.clear();
    this.#asked.clear();
    this.#say({ type: '$down' });
  }

  #say(message, tab) {
    this.#said.push({ message, tab });
    if (this.#said.length === 1) {
      queueMicrotask(() => this.#flush());
    }
  }

  #flush() {
    const said = this.#said;
    this.#said = [];
    for (let i = 0, from = 0; i < said.length; i++) {
      if (said[i + 1]?.tab !== said[from].tab || i + 1 === said.length) {
        this.#post(said[from].tab, said.slice(from, i + 1).map((s) => s.message));
        from = i + 1;
      }
    }
  }
}
