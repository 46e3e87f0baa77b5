/** At most so many buckets are kept and drawn; past that the bucket grows. */
const MOST = 300;

const SECOND = 1_000;
const fixed = (name, ms) => ({ name, index: (t) => Math.floor(t / ms), start: (i) => i * ms });

/** From fine to coarse. Times are those of the shop's clocks: everybody in front of any screen sees the same bars. */
const UNITS = [
  fixed('10 seconds', 10 * SECOND),
  fixed('minute', 60 * SECOND),
  fixed('15 minutes', 900 * SECOND),
  fixed('hour', 3_600 * SECOND),
  fixed('day', 86_400 * SECOND),
  {
    name: 'month',
    index: (t) => new Date(t).getUTCFullYear() * 12 + new Date(t).getUTCMonth(),
    start: (i) => Date.UTC(Math.floor(i / 12), i % 12),
  },
  { name: 'year', index: (t) => new Date(t).getUTCFullYear(), start: (i) => Date.UTC(i, 0) },
];

/** The years that a chart of a shop can mean; a time outside of them is a mistake and would stretch the axis. */
const EARLIEST = Date.UTC(1970, 0);
const LATEST = Date.UTC(2200, 0);

/**
 * Amounts and counts by event time, in buckets whose size follows the span: a minute of orders is drawn by seconds, a
 * year by days. It only ever coarsens, since what is added up can't be taken apart again.
 */
export class Series {
  #unit = 0;
  #buckets = new Map();
  #first = Infinity;
  #last = -Infinity;

  get unit() {
    return UNITS[this.#unit].name;
  }

  /** @returns {number | undefined} ms; the start of the bucket that an index means */
  start(index) {
    return UNITS[this.#unit].start(index);
  }

  /**
   * @param {number} time ms, as the shop's clocks show it and written as if that were UTC
   * @param {number} amount
   */
  add(time, amount) {
    if (!(time >= EARLIEST && time < LATEST)) {
      return;
    }
    this.#first = Math.min(this.#first, time);
    this.#last = Math.max(this.#last, time);
    while (this.#unit < UNITS.length - 1 && this.#span() > MOST) {
      this.#coarsen();
    }
    const index = UNITS[this.#unit].index(time);
    const bucket = this.#buckets.get(index);
    if (bucket === undefined) {
      this.#buckets.set(index, { amount, count: 1 });
    } else {
      bucket.amount += amount;
      bucket.count++;
    }
  }

  /** @returns {{index: number, start: number, amount: number, count: number}[]} every bucket of the span, empty ones too */
  buckets() {
    if (this.#buckets.size === 0) {
      return [];
    }
    const { index, start } = UNITS[this.#unit];
    const from = index(this.#first);
    return Array.from({ length: this.#span() }, (_, i) => ({
      index: from + i,
      start: start(from + i),
      ...(this.#buckets.get(from + i) ?? { amount: 0, count: 0 }),
    }));
  }

  #span() {
    const { index } = UNITS[this.#unit];
    return index(this.#last) - index(this.#first) + 1;
  }

  #coarsen() {
    const { start } = UNITS[this.#unit];
    const { index } = UNITS[++this.#unit];
    const coarser = new Map();
    for (const [i, { amount, count }] of this.#buckets) {
      const into = coarser.get(index(start(i))) ?? { amount: 0, count: 0 };
      coarser.set(index(start(i)), { amount: into.amount + amount, count: into.count + count });
    }
    this.#buckets = coarser;
  }
}
