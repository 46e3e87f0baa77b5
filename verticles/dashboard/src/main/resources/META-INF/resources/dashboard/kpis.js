import { read } from './api.js';

/** Between two readings of the same periods, in ms: a total may move each second, and a bar of months doesn't show it. */
const PERIODS = 5_000;
/** Between two attempts to read, in ms: the first wait and the longest. */
const SOONEST = 1_000;
const LATEST = 15_000;
/** More days than this are drawn as months, unless somebody chooses. */
const DAYS = 62;
const DAY = 86_400_000;
/** States of a client in which values come as they change. */
const FOLLOWING = new Set(['live', 'catching up']);
/** Answers to a subscription that say that a KPI may not be seen. */
const DENIED = new Set(['permission_denied', 'forbidden', 'unauthenticated']);

/**
 * How far KPIs are that don't have all events from before they began, in words; empty if all have.
 *
 * @param {({catchingUp?: {counted: number, of: number}} | undefined)[]} kpis
 */
export function counting(kpis) {
  const parts = kpis.filter((kpi) => kpi?.catchingUp).map(({ catchingUp: { counted, of } }) => counted / of);
  return parts.length === 0 ? '' : `Earlier events are still being counted: ${Math.floor(100 * Math.min(...parts))} % so far.`;
}

/**
 * The KPIs that the reader may read: which ones there are by one reading, and then as their streams tell them. The server has
 * added up every event that there ever was, each once; a page that adds up what it happens to receive knows a part.
 */
export class Kpis {
  #token;
  #changed;
  #read;
  #wait;
  #client;
  #following;
  #byName = new Map();
  #subscriptions = new Map();
  /** Names that a stream has told of since a reading began: what was read of them is older. */
  #told = new Set();
  /** What is drawn over time: KPI → the periods chosen, or undefined for those that fit. */
  #drawn = new Map();
  #periods = new Map();
  /** When the periods of a KPI were read, and which reading is to come. */
  #readAt = new Map();
  #due = new Set();
  #round = 0;
  #failures = 0;
  #failed = false;
  /** Whether there was a connection, and is none. */
  #away = false;

  /** Of when the figures are, ms since 1970; undefined before the first time. */
  at;

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

  /** @returns {{name: string, value: number | null, count: number, type: string, rollups: string[], windows?: object, catchingUp?: {counted: number, of: number}} | undefined} */
  get(name) {
    return this.#byName.get(name);
  }

  get all() {
    return [...this.#byName.values()];
  }

  /** Whether the figures are those of {@link at}, and not of now. */
  get stale() {
    return this.#failed || this.#away;
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
    this.#readAt.delete(name);
    this.#due.delete(name);
    this.#byName.has(name) && this.#over(name);
  }

  /**
   * From now on values come by this client's connection. Whenever it has one it is read anew what there is.
   *
   * @param {import('/client/millrace.d.ts').Millrace} client
   */
  follow(client) {
    this.#client = client;
    let following = false;
    this.#following = ({ name }) => {
      const before = following;
      following = FOLLOWING.has(name);
      if (before && !following) {
        this.#away = true;
        this.at = Date.now();
      }
      if (following && !before) {
        this.#away = false;
        this.again();
      }
      name === 'signed out' && this.#clear();
    };
    client.on('state', this.#following);
    this.all.forEach((kpi) => this.#subscribe(kpi.name));
  }

  /** Ends what comes by the connection, which goes on. */
  close() {
    this.#client?.off('state', this.#following);
    this.#client = undefined;
    this.#clear();
  }

  /** Reads which KPIs there are and what they are. Never fails: it is tried again where that can help. */
  async again() {
    const round = ++this.#round;
    this.#told.clear();
    try {
      const { kpis } = await this.#read('/api/kpis', this.#token());
      const drawn = kpis.filter(({ name, rollups }) => this.#drawn.has(name) && rollups.length > 0);
      const periods = await Promise.all(drawn.map((kpi) => this.#chosen(kpi, this.#drawn.get(kpi.name))));
      if (round !== this.#round) {
        return;
      }
      // Totals and periods are shown together at first, or a page would contradict itself.
      this.#take(kpis);
      drawn.forEach(({ name }, i) => this.#drew(name, periods[i]));
      this.#failed = false;
      this.#failures = 0;
      this.at = Date.now();
    } catch (e) {
      if (round !== this.#round) {
        return;
      }
      this.#failed = true;
      if (e.status === 401 || e.status === 403) {
        this.#clear();
      } else {
        const ceiling = Math.min(LATEST, SOONEST * 2 ** this.#failures++);
        this.#wait(() => round === this.#round && this.again(), Math.max(e.retryAfter ?? 0, Math.random() * ceiling));
      }
    }
    this.#changed();
  }

  #take(kpis) {
    const before = this.#byName;
    this.#byName = new Map(kpis.map((kpi) => [kpi.name, (this.#told.has(kpi.name) ? before.get(kpi.name) : undefined) ?? kpi]));
    for (const [name, subscription] of this.#subscriptions) {
      if (!this.#byName.has(name)) {
        subscription.unsubscribe();
        this.#subscriptions.delete(name);
        this.#periods.delete(name);
      }
    }
    this.#byName.forEach((kpi, name) => this.#subscribe(name));
  }

  #subscribe(name) {
    if (this.#client === undefined || this.#client.state.name === 'closed' || this.#subscriptions.has(name)) {
      return;
    }
    const subscription = this.#client.subscribe(`kpi:${name}`, {
      onEvent: ({ data: { data } }) => this.#tell(name, data),
      onReset: () => this.again(),
      onLost: (why) => {
        this.#lose(name);
        why.code === 'signed_out' || this.again();
      },
      onError: (error) => error.retryAfter > 0 || this.#refused(name, error),
    });
    this.#subscriptions.set(name, subscription);
  }

  #tell(name, data) {
    const known = this.#byName.get(name);
    if (known === undefined) {
      return;
    }
    this.#told.add(name);
    this.at = Date.now();
    const moved = known.value !== data.value || known.count !== data.count;
    this.#byName.set(name, { ...known, catchingUp: undefined, ...data });
    moved && this.#drawn.has(name) && this.#over(name);
    this.#changed();
  }

  #refused(name, error) {
    if (DENIED.has(error.code)) {
      this.#lose(name);
    } else {
      this.#failed = true; // what was read stays, and says of when it is
      this.#changed();
    }
  }

  #lose(name) {
    this.#subscriptions.get(name)?.unsubscribe();
    this.#subscriptions.delete(name);
    this.#byName.delete(name);
    this.#periods.delete(name);
    this.#told.delete(name);
    this.#changed();
  }

  #clear() {
    this.#round++; // what is being read is no longer this reader's
    [...this.#byName.keys()].forEach((name) => this.#lose(name));
  }

  /** Reads the periods of a KPI that is drawn: at once, or later where they have been read so lately that it is too early. */
  #over(name) {
    if (this.#due.has(name)) {
      return;
    }
    this.#due.add(name);
    const early = (this.#readAt.get(name) ?? -Infinity) + PERIODS - Date.now();
    early > 0 ? this.#wait(() => this.#readPeriods(name), early) : this.#readPeriods(name);
  }

  async #readPeriods(name) {
    this.#due.delete(name);
    const by = this.#drawn.get(name);
    const kpi = this.#byName.get(name);
    if (kpi === undefined || kpi.rollups.length === 0) {
      return;
    }
    try {
      const periods = await this.#chosen(kpi, by);
      if (this.#byName.has(name) && this.#drawn.get(name) === by) {
        this.#drew(name, periods);
        this.#changed();
      }
    } catch {
      // Read again when the value moves, or there is a connection again.
    }
  }

  #drew(name, periods) {
    this.#periods.set(name, periods);
    this.#readAt.set(name, Date.now());
  }

  async #chosen(kpi, by) {
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
