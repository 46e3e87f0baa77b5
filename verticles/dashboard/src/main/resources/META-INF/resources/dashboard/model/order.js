import { amountOf } from './money.js';
import { text } from './orders.js';

/** So many of an order's events are kept, and so many of its payments: the newest. */
const STEPS = 100;
/** Fields that say which order it is, or what the event's own time is: nothing of the order changes by them. */
const ASIDE = new Set(['orderId', 'oldStatus', 'timestamp']);

/** Why an order wasn't shown, by the status of the answer; of one that isn't there (404) there are other words. */
export const refusal = (status) =>
  status === 401
    ? 'You aren’t signed in any more.'
    : status === 403
      ? 'You may not see this order, or it isn’t there any more.'
      : 'The order can’t be read now; try again.';

/** One order: what happened to it, what each event changed, and its payments. */
export class Order {
  #known = {};

  /** As it stands: undefined until it is known, null if there is none. */
  state;
  /** What keeps it from being shown, in words. */
  problem = '';

  constructor(id) {
    this.id = id;
    this.reset();
  }

  reset() {
    this.#known = {};
    /** The oldest first. */
    this.steps = [];
    this.left = 0;
  }

  /** The status that was told last; undefined where none was. */
  get status() {
    return this.#known.status;
  }

  /** An event of the order, in the order of its stream. */
  apply(message) {
    const { id, type, source, data: said = {} } = message.data;
    // A change of status says it by another name; a sender may say both.
    const { newStatus, ...others } = said;
    const data = newStatus === undefined ? others : { ...others, status: newStatus };
    const superseded = message.superseded === true;
    this.steps.push({
      key: message.position ?? id,
      event: { id, source },
      type: text(type),
      at: Date.parse(message.timestamp),
      superseded,
      changes: superseded || type === 'order:deleted' ? [] : changes(this.#known, data),
    });
    if (!superseded) {
      this.#known = type === 'order:deleted' ? {} : { ...this.#known, ...data };
    }
    if (this.steps.length > STEPS) {
      this.steps.shift();
      this.left++;
    }
  }
}

/**
 * An order as it stands, for people: without what other parts show, and with the status that was told last.
 *
 * @param {object | null | undefined} state
 * @param {Order} order
 */
export function summary(state, { status }) {
  const { orderId, lines: some, newStatus, oldStatus, timestamp, currency, total, customerName, customerId, ...others } = state ?? {};
  const told = { customer: customerName, 'customer id': customerId, ...others, status: status ?? newStatus ?? others.status };
  return state ? Object.fromEntries(Object.entries(told).filter(([, value]) => value !== undefined)) : {};
}

/** What an event changes of what was known: fields that aren't named stay, and null removes one (RFC 7396). */
function changes(known, data) {
  return Object.entries(data)
    .filter(([name, value]) => !ASIDE.has(name) && JSON.stringify(value) !== JSON.stringify(known[name] ?? null))
    .map(([name, value]) => ({ name: text(name), from: short(known[name]), to: short(value) }));
}

function short(value) {
  if (value === undefined || value === null) {
    return '';
  }
  if (Array.isArray(value)) {
    return `${value.length} of them`;
  }
  return text(typeof value === 'object' ? JSON.stringify(value) : value);
}

/**
 * An order's lines as it stands.
 *
 * @param {object | undefined} state
 * @returns {{key: number, name: string, id: string, quantity: number | undefined, price: number | undefined, amount: number | undefined}[]}
 */
export function lines(state) {
  return (Array.isArray(state?.lines) ? state.lines : []).map((line, key) => {
    const [quantity, price] = [amountOf(line?.quantity), amountOf(line?.unitPrice)];
    const known = quantity !== undefined && price !== undefined;
    return { key, id: text(line?.productId), name: text(line?.description ?? line?.productId), quantity, price, amount: known ? quantity * price : undefined };
  });
}
