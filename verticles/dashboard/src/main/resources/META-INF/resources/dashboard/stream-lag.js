import { read } from './api.js';

/** What was there so long ago and hasn't come yet is late, in ms. */
const LATE = 1_000;
/** Between two looks, in ms: while something is late, and otherwise. */
const SOON = 1_000;
const CALM = 5_000;

const PLACE = /^(.+):(\d{1,15})$/;

/**
 * How many events the page hasn't got yet, whatever keeps them: a connection that is slow, a server that reads on from
 * history, a page that can't keep up. The server says how far a stream is, where the reader sees all of it.
 */
export class StreamLag {
  #token;
  #followed;
  #changed;
  #read;
  #now;
  #wait;
  #heads = new Map();
  #at = Infinity;
  #timer;

  /**
   * @param {() => string | undefined | Promise<string | undefined>} token
   * @param {() => {stream: string, position: string | undefined}[]} followed
   * @param {() => void} changed
   */
  constructor(token, followed, changed, from = read, now = () => performance.now(), wait = (task, ms) => setTimeout(task, ms)) {
    this.#token = token;
    this.#followed = followed;
    this.#changed = changed;
    this.#read = from;
    this.#now = now;
    this.#wait = wait;
  }

  /** How many events are known to be there, and late; 0 if none is. */
  get events() {
    return this.#now() - this.#at < LATE ? 0 : this.#missing();
  }

  /** Looks now, and from then on by itself. */
  async look() {
    clearTimeout(this.#timer);
    try {
      const { streams } = await this.#read('/api/streams?limit=1000', this.#token());
      const late = this.events > 0;
      this.#heads = new Map(streams.map((s) => [s.stream, s.position]));
      // While there is something late, what is newer counts at once: else the number would come and go.
      this.#at = late ? this.#now() - LATE : this.#now();
    } catch {
      // Asked again; the connection says by itself when the server is away.
    }
    this.#changed();
    const wait = this.#missing() > 0 ? SOON : CALM;
    this.#later(wait);
  }

  #later(ms) {
    this.#timer = this.#wait(() => (globalThis.document?.hidden ? this.#later(CALM) : this.look()), ms);
  }

  #missing() {
    return this.#followed().reduce((sum, { stream, position }) => sum + ahead(this.#heads.get(stream), position), 0);
  }
}

function ahead(head, position) {
  const [, epoch, last] = PLACE.exec(head ?? '') ?? [];
  const [, mine, seen] = PLACE.exec(position ?? '') ?? [];
  return epoch === undefined || epoch !== mine ? 0 : Math.max(0, Number(last) - Number(seen));
}
