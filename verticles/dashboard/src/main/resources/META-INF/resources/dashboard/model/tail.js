/** So many events are kept: a tail is looked at, not read through. */
const MOST = 200;

/** The latest events of a stream, the newest first. While it is paused, what is shown stays as it is. */
export class Tail {
  #most;
  #latest = [];
  #frozen;

  /** How many have come since it was begun. */
  count = 0;
  /** How many of them came while it was paused. */
  missed = 0;
  /** Whether there were others, which haven't come. */
  incomplete = false;

  constructor(most = MOST) {
    this.#most = most;
  }

  get rows() {
    return this.#frozen ?? this.#latest;
  }

  get paused() {
    return this.#frozen !== undefined;
  }

  /** An event that has just come. */
  add(message) {
    const row = shown(message);
    if (this.#latest.some(({ key }) => key === row.key)) {
      return;
    }
    this.count++;
    this.missed += this.paused ? 1 : 0;
    this.#latest = [row, ...this.#latest].slice(0, this.#most);
  }

  /** Events of before, oldest first; those that have come already are known. */
  past(messages) {
    const known = new Set(this.#latest.map(({ key }) => key));
    const older = messages.map(shown).reverse().filter(({ key }) => !known.has(key));
    this.#latest = [...this.#latest, ...older].slice(0, this.#most);
  }

  /** The same followed anew: what came before is no longer joined to what comes, and only a paused one goes on showing it. */
  anew() {
    const next = new Tail(this.#most);
    if (this.paused) {
      next.#frozen = this.#frozen;
      next.count = this.count;
      next.missed = this.missed;
      next.incomplete = true;
    }
    return next;
  }

  pause() {
    this.#frozen = this.#latest;
    this.missed = 0;
  }

  resume() {
    this.#frozen = undefined;
    this.missed = 0;
  }
}

/** What a list shows of an event. */
export function shown({ timestamp, stream, priority, superseded, data: event }) {
  const { id, source, type, data, metadata = {} } = event;
  return { key: `${source} ${id}`, id, source, type, stream, priority, superseded: superseded === true, at: Date.parse(timestamp), data, metadata };
}
