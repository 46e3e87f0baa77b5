import { amountOf } from './money.js';
import { text } from './orders.js';

/** So many are kept of each agent; the page is for watching, the API for looking things up. */
const WAGERS = 60;
const ALERTS = 6;
const ACTIVITIES = 20;

/** What an agent's stream has told of the wagers, accounts and risks of their customers. */
export class AgentBook {
  reset() {
    /** By id. */
    this.wagers = new Map();
    this.accounts = new Map();
    this.alerts = [];
    this.activities = [];
    this.commission = undefined;
  }

  /** @param {string} agent */
  constructor(agent) {
    this.agent = agent;
    this.reset();
  }

  /** Accounts and the agent as they stand, of which nothing newer was told. */
  stands(kind, entities) {
    for (const { id, state } of entities) {
      if (kind === 'agent') {
        this.commission ??= amountOf(state.total);
      } else if (!this.accounts.has(id)) {
        this.#account(state);
      }
    }
  }

  /** @param {boolean} past from history, not live */
  apply(message, past) {
    const { type, data } = message.data;
    const at = Date.parse(message.timestamp);
    const key = message.position ?? message.data.id;
    if (type === 'activity:recorded') {
      const what = { key, who: text(data.userId), action: text(data.action), icon: text(data.icon), amount: amountOf(data.amount), at };
      this.activities = [what, ...this.activities].slice(0, ACTIVITIES);
    } else if (type === 'risk:alerted') {
      const alert = { key, who: text(data.customerId), rule: data.rule, amount: amountOf(data.amount), limit: amountOf(data.limit), at };
      this.alerts = [{ ...alert, agent: this.agent, past }, ...this.alerts].slice(0, ALERTS);
    } else if (message.superseded === true) {
      // something newer was known already
    } else if (type.startsWith('wager:')) {
      this.#wager(data, at, past);
    } else if (type === 'account:updated') {
      this.#account(data);
    } else if (type === 'commission:earned') {
      this.commission = amountOf(data.total);
    }
  }

  #wager(data, at, past) {
    const id = text(data.wagerId);
    const before = this.wagers.get(id);
    this.wagers.set(id, {
      key: id,
      agent: this.agent,
      who: text(data.customerId),
      event: text(data.event),
      selection: text(data.selection),
      odds: amountOf(data.odds),
      amount: amountOf(data.amount),
      payout: amountOf(data.payout),
      status: text(data.status),
      action: text(data.action),
      // Of a wager that was placed before what this page has read, only later times are known.
      placed: data.action === 'placed' ? at : before?.placed,
      at,
      past,
    });
    if (this.wagers.size > WAGERS) {
      this.wagers.delete([...this.wagers.values()].sort(placedLast).at(-1).key);
    }
  }

  #account(data) {
    const id = text(data.customerId);
    this.accounts.set(id, { key: id, agent: this.agent, name: text(data.name) || id, balance: amountOf(data.balance) });
  }
}

/** What all agents whom the reader may see have together. */
export class Books {
  /** @param {AgentBook[]} all */
  constructor(all) {
    this.all = all;
  }

  /** The newest first. */
  get wagers() {
    return this.#together((book) => [...book.wagers.values()], placedLast).slice(0, WAGERS);
  }

  get alerts() {
    return this.#together((book) => book.alerts, newest).slice(0, ALERTS);
  }

  get activities() {
    return this.#together((book) => book.activities, newest).slice(0, ACTIVITIES);
  }

  get accounts() {
    return this.#together((book) => [...book.accounts.values()], (a, b) => a.name.localeCompare(b.name));
  }

  /** What each agent has earned so far, most first. */
  get commissions() {
    const earned = this.all.filter((book) => book.commission !== undefined);
    return earned.map((book) => ({ key: book.agent, total: book.commission })).sort((a, b) => b.total - a.total);
  }

  /** What a customer is called. */
  name(customer) {
    return this.all.map((book) => book.accounts.get(customer)?.name).find((name) => name !== undefined) ?? customer;
  }

  #together(of, order) {
    return this.all.flatMap(of).sort(order);
  }
}

const newest = (a, b) => b.at - a.at;
/** Those of which it isn't known come last. */
const placedLast = (a, b) => (b.placed ?? 0) - (a.placed ?? 0) || newest(a, b);

/**
 * Which agents the page doesn't show, and why; empty if it shows all.
 *
 * @param {{status: string, problem?: string, model: {agent: string}}[]} follows
 * @param {string[]} beyond agents who aren't asked for
 */
export function unfollowed(follows, beyond) {
  const why = ({ status, problem }) => (status === 'failed' && problem ? problem : status);
  const without = follows.filter(({ status }) => status !== 'following').map((follow) => `${follow.model.agent} (${why(follow)})`);
  const all = [...without, ...beyond.map((agent) => `${agent} (too many agents)`)];
  return all.length === 0 ? '' : `Not shown: ${all.join(', ')}.`;
}

/** The figures of a bookmaker: `stock` is what stands now, of which a window tells the growth; others are added up in it. */
export const FIGURES = [
  { kpi: 'gamingRevenue', title: 'Revenue', money: true },
  { kpi: 'activePlayers', title: 'Active players' },
  { kpi: 'pendingWagers', title: 'Pending', stock: true },
  { kpi: 'totalLiability', title: 'Total liability', money: true, stock: true },
];

/**
 * A figure and its change, as the KPI's stream has told it.
 *
 * @param {{stock?: boolean}} figure
 * @param {{value: number | null, windows: object} | undefined} told
 * @param {'today' | 'week' | 'month'} period
 * @returns {{value: number | undefined, change: number | undefined}}
 */
export function figureOf(figure, told, period) {
  const window = told?.windows?.[period];
  if (told === undefined || window === undefined) {
    return { value: undefined, change: undefined };
  }
  const within = window.value ?? 0;
  return figure.stock
    ? { value: told.value ?? 0, change: within }
    : { value: within, change: within - (window.before ?? 0) };
}
