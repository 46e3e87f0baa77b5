const MINUTES_15 = 900_000;
/** So many offsets are remembered: a year by the quarter of an hour. */
const MOST = 35_000;

/** What the clocks of a region show. Belongs to one page. */
export class Zone {
  #format;
  #offsets = new Map();

  /** @param {string} [name] of the IANA database; without one that of the reader's browser */
  constructor(name = Intl.DateTimeFormat().resolvedOptions().timeZone) {
    const two = '2-digit';
    const parts = { year: 'numeric', month: two, day: two, hour: two, minute: two, second: two };
    this.#format = new Intl.DateTimeFormat('en-US', { timeZone: name, hourCycle: 'h23', ...parts });
    this.name = name;
  }

  /**
   * A moment as the region's clocks show it, written as if that were UTC: what is counted by days and hours needs no
   * further knowledge of summer time.
   *
   * @param {number} ms since 1970
   */
  wall(ms) {
    if (!Number.isFinite(ms) || this.name === 'UTC') {
      return ms;
    }
    const quarter = Math.floor(ms / MINUTES_15);
    if (!this.#offsets.has(quarter)) {
      this.#offsets.size >= MOST && this.#offsets.clear();
      this.#offsets.set(quarter, this.#offset(quarter * MINUTES_15));
    }
    return ms + this.#offsets.get(quarter);
  }

  /** Changes of offset fall on quarters of an hour, since 1970 at least. */
  #offset(ms) {
    if (Math.abs(ms) > 8e15) {
      return 0;
    }
    const part = Object.fromEntries(this.#format.formatToParts(ms).map(({ type, value }) => [type, Number(value)]));
    return Date.UTC(part.year, part.month - 1, part.day, part.hour, part.minute, part.second) - ms;
  }
}
