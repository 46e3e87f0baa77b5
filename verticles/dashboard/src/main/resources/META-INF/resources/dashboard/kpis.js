import { read } from './api.js';

/** So often it is asked while nothing seems to happen, and while nobody looks, in ms. */
const CALM = 5_000;
const UNSEEN = 15_000;
/** Where a KPI doesn't say, in ms. */
const PACE = 1_000;
/** More days than this are drawn as months, unless somebody chooses. */
const DAYS = 62;
const DAY = 86_400_000;
/** Reads at their pace that find nothing new before it is calm: the server publishes a value up to an interval after its event. */
const QUIET = 2;

/**
 * The KPIs that the reader may read, kept up to date by reading them again: at their own pace while events come, and now
 * and then anyway. The server has added up every event that there ever was, each once; a page that adds up what it
 * happens to receive knows a part.
 */
export class Kpis {
  #token;
  #changed;
  #read;
  #wait;
  #byName = new Map();
  /** What is drawn over time: KPI → the periods chosen, or undefined for those that fit. */
  #drawn = new Map();
  #periods = new Map();
  #moved = false;
  /** How many more reads are made at their pace. */
  #busy = QUIET;
  #timer;
  #reading = false;

  /** When the figures were read, ms since 1970; undefined before the first time. */
  at;
  /** Whether they couldn't be read the last time. */
  stale = false;

  /**
   * @param {() => string | undefined | Promise<string | undefined>} token
   * @param {() => void} changed
   * @param {typeof read} [from]
   * @param {(task: () => void, ms: number) => unknown} [wait]
   */
  constructor(token, changed, from = read, wait = (task, ms) => setTimeout(task, ms)) {
    this.#token = token;
    this.#changed = changed;
    this.#read = from;
    this.#wait = wait;
  }

  /** @returns {{name: string, value: number | null, count: number, type: string, rollups: string[]} | undefined} */
  get(name) {
    return this.#byName.get(name);
  }

  get all() {
    return [...this.#byName.values()];
  }

  /**
   * @returns {{by: string, rows: {start: number, value: number, count: number}[]} | undefined} oldest first; a period between
   *     the first and the last that isn't there is one in which nothing counted
   */
  periods(name) {
    return this.#periods.get(name);
  }

  /** Draws a KPI over time from now on: by `day`, `week` or `month`, or by whatever suits the time that it spans. */
  draw(name, by) {
    this.#drawn.set(name, by);
    this.#periods.delete(name);
    this.at === undefined || this.again();
  }

  /** An event has come: some figure has moved, or is about to. */
  moved() {
    this.#moved = true;
    const calm = this.#busy === 0;
    this.#busy = QUIET;
    if (calm && !this.#reading) {
      this.#later();
    }
  }

  /** Reads now; from then on by itself. Never fails. */
  async again() {
    clearTimeout(this.#timer);
    if (this.#reading) {
      this.#moved = true;
      return;
    }
    this.#reading = true;
    this.#moved = false;
    try {
      const changed = await this.#all();
      this.at = Date.now();
      this.stale = false;
      this.#busy = changed || this.#moved ? QUIET : Math.max(0, this.#busy - 1);
    } catch (e) {
      this.stale = true;
      this.#busy = 0;
      if (e.status === 401 || e.status === 403) {
        this.#byName.clear();
        this.#periods.clear();
      }
    }
    this.#reading = false;
    this.#changed();
    this.#later();
  }

  #later() {
    clearTimeout(this.#timer);
    const pace = Math.min(CALM, ...this.all.map((kpi) => kpi.every ?? PACE));
    const wait = globalThis.document?.hidden ? UNSEEN : this.#busy > 0 ? pace : CALM;
    this.#timer = this.#wait(() => this.again(), wait);
  }

  /** @returns {Promise<boolean>} whether a total differs from the last time */
  async #all() {
    const { kpis } = await this.#read('/api/kpis', this.#token());
    const byName = new Map(kpis.map((kpi) => [kpi.name, kpi]));
    const differs = (kpi) => {
      const before = this.#byName.get(kpi.name);
      return before === undefined || before.value !== kpi.value || before.count !== kpi.count;
    };
    const drawn = [...this.#drawn].filter(([name]) => byName.get(name)?.rollups.length > 0);
    const due = drawn.filter(([name]) => differs(byName.get(name)) || !this.#periods.has(name));
    const periods = await Promise.all(due.map(([name, by]) => this.#over(byName.get(name), by)));
    const changed = kpis.some(differs);
    // Totals and periods are shown together, or a page would contradict itself.
    this.#byName = byName;
    due.forEach(([name], i) => this.#periods.set(name, periods[i]));
    return changed;
  }

  async #over(kpi, by) {
    if (kpi.rollups.includes(by)) {
      return this.#rows(kpi, by);
    }
    const coarsest = ['month', 'week', 'day'].find((unit) => kpi.rollups.includes(unit));
    const months = await this.#rows(kpi, coarsest);
    const span = months.rows.length === 0 ? 0 : months.rows.at(-1).start - months.rows[0].start;
    return span <= DAYS * DAY && coarsest !== 'day' && kpi.rollups.includes('day') ? this.#rows(kpi, 'day') : months;
  }

  async #rows({ name }, by) {
    const { rows } = await this.#read(`/api/kpis/${encodeURIComponent(name)}?by=${by}`, this.#token());
    // By the calendar of where the shop is, as if that were UTC: `start` is when the period began there. A server of the
    // release before gives no `date`; its periods begin in UTC.
    return { by, rows: rows.map(({ start, date = start, value, count }) => ({ start: Date.parse(date), value, count })) };
  }
}
