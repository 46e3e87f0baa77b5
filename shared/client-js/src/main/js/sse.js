import { Http, parameters, refusal } from './http.js';
import { BROKEN, HEARTBEAT_LOST, HEARTBEAT_MS, UNAUTHENTICATED, WELCOME_WITHIN_MS } from './reconnect-policy.js';
import { Heartbeat } from './heartbeat.js';

/** A browser keeps six connections to a server, for all its tabs: what one more would be needed for is asked for with all the rest. */
const RESPONSES = 2;

/**
 * The WebSocket's messages over server-sent events. Any number of streams shares a response, each with its own filter and
 * position: they are posted, where an address would be too long.
 */
export class Sse extends Http {
  #heartbeatCheck;
  #heartbeat = HEARTBEAT_MS;
  /** By the wall clock, which goes on while a laptop sleeps. */
  #heardAt;
  #responses = new Set();
  #due = false;

  /** @param {import('./connection.js').TransportOptions} options */
  constructor(options) {
    super(options);
    this.#heartbeatCheck = new Heartbeat(options.clock, () => {}, (verdict) => this.drop(HEARTBEAT_LOST, verdict));
  }

  /** Everything is asked for again, with the new token and from where it was. */
  renew(token) {
    this._options.token = token;
    this.#openAnew();
  }

  /** A response can't be asked whether it lives; when it should have been heard of, a new one does. */
  check() {
    if (this._options.clock.wall() - this.#heardAt > this.#heartbeat) {
      this.#openAnew();
    } else {
      super.check();
    }
  }

  #openAnew() {
    [...this.#responses].forEach((response) => this.#stop(response));
    this.#openSoon();
  }

  drop(code, reason) {
    this.#heartbeatCheck.stop();
    super.drop(code, reason);
  }

  _follow(s) {
    this._streams.set(s.stream, s);
    this.#openSoon();
  }

  _leave(stream) {
    const response = this._streams.get(stream)?.response;
    this._streams.delete(stream);
    response?.streams.delete(stream);
    if (response?.streams.size === 0) {
      this.#stop(response);
    }
  }

  /** Gathers what is asked for in one go. */
  #openSoon() {
    if (!this.#due) {
      this.#due = true;
      queueMicrotask(() => {
        this.#due = false;
        this.#openAll();
      });
    }
  }

  #openAll() {
    const waiting = () => [...this._streams.values()].filter((s) => s.response === undefined);
    if (waiting().length > 0 && this.#responses.size >= RESPONSES) {
      [...this.#responses].forEach((response) => this.#stop(response));
    }
    const together = waiting();
    if (together.length > 0 && !this._ended) {
      this.#open(together);
    }
  }

  async #open(together) {
    const response = { streams: new Set(together.map((s) => s.stream)), abort: new AbortController() };
    this.#responses.add(response);
    together.forEach((s) => (s.response = response));
    const { clock } = this._options;
    const late = clock.setTimeout(() => {
      this.blocked = true;
      this.drop(HEARTBEAT_LOST, 'the events do not get through');
    }, WELCOME_WITHIN_MS);
    try {
      const query = together.length > 1 ? undefined : { stream: together[0].stream, after: beginning(together[0]), ...parameters(together[0].options) };
      const body = { subscribe: together.map((s) => ({ stream: s.stream, after: beginning(s), ...s.options })) };
      await this._call('./sse', { query, body, abort: response.abort }, async (answer) => {
        if (answer.ok) {
          await this.#read(answer, response, () => clock.clearTimeout(late));
          throw new Error('the response ended');
        }
        this.#refused(response, answer.status, await refusal(answer));
      });
    } catch (e) {
      if (this.#responses.has(response)) {
        this.drop(BROKEN, String(e?.message ?? e));
      }
    } finally {
      clock.clearTimeout(late);
    }
  }

  async #read(answer, response, flows) {
    const text = new TextDecoder();
    const events = new EventData((data) => this.#responses.has(response) && this.#take(JSON.parse(data), response));
    const reader = answer.body.getReader();
    for (let part = await reader.read(); !part.done; part = await reader.read()) {
      flows();
      this.#heartbeatCheck.heard();
      this._on.alive();
      this.#heardAt = this._options.clock.wall();
      events.push(text.decode(part.value, { stream: true }));
    }
  }

  #take(message, response) {
    if (message.type === 'welcome') {
      this.#heartbeat = message.heartbeat > 0 ? message.heartbeat : HEARTBEAT_MS;
      this.#heartbeatCheck.start(this.#heartbeat);
      this._welcome(message);
    } else if (message.type === 'error' && message.code === 'unauthenticated') {
      this._on.message(message);
      this.drop(UNAUTHENTICATED, message.message);
    } else if (message.stream === undefined) {
      this._on.message(message);
    } else if (response.streams.has(message.stream)) {
      this.#followed(message, this._streams.get(message.stream));
    }
  }

  #followed(message, s) {
    if (message.type === 'error') {
      // Of those that were posted together one is refused, or the server has ended it.
      this._leave(s.stream);
      this._on.message({ ...message, id: s.id });
      return;
    }
    if (message.type === 'subscribed') {
      const { id } = s;
      s.id = undefined;
      // When it goes on from a position the answer may name the head, and what is before it is still to come.
      s.after = message.recovered === false ? message.position : (s.after ?? message.position);
      if (id !== undefined || message.recovered === false) {
        this._on.message({ ...message, id });
      }
      return;
    }
    s.after = message.to ?? message.position ?? s.after;
    if (message.type === 'state' && !message.more) {
      delete s.options.state; // asked for once
    }
    this._on.message(message);
  }

  #refused(response, status, error) {
    const streams = [...response.streams].map((stream) => this._streams.get(stream));
    this.#stop(response);
    if (this._endedBy(status, error)) {
      return;
    }
    if (status === 405 && streams.length > 1) {
      // A server of before takes one stream's worth of address; polling asks for each.
      this.blocked = true;
      this.drop(BROKEN, error.message);
      return;
    }
    for (const { id, stream } of streams) {
      this._streams.delete(stream);
      this._on.message({ ...error, id, stream });
    }
  }

  #stop(response) {
    this.#responses.delete(response);
    response.streams.forEach((stream) => (this._streams.get(stream).response = undefined));
    response.streams.clear();
    response.abort.abort();
  }
}

/** Entities as they stand are a beginning of their own. */
const beginning = ({ options, after }) => (options.state === true ? undefined : after);

/** Takes the data out of a stream of server-sent events (WHATWG HTML §9.2.6): our messages say themselves what they are. */
export class EventData {
  #rest = '';
  #data = [];
  #take;

  /** @param {(data: string) => void} take */
  constructor(take) {
    this.#take = take;
  }

  push(text) {
    const lines = (this.#rest + text).split(/\r\n|\n|\r(?!$)/);
    this.#rest = lines.pop();
    for (const line of lines) {
      if (line.startsWith('data:')) {
        this.#data.push(line.slice(line[5] === ' ' ? 6 : 5));
      } else if (line === '' && this.#data.length > 0) {
        const data = this.#data.join('\n');
        this.#data = [];
        this.#take(data);
      }
    }
  }
}
