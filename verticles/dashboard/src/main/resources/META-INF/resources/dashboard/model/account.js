import { amountOf, currencyOf } from './money.js';
import { lines } from './order.js';
import { OrderPayments } from './order-payments.js';
import { text } from './orders.js';
import { way } from './order-way.js';

/** So many orders are kept, with the payments of so many: the newest. */
const MOST = 200;
/** So many statuses of one. */
const STATUSES = 20;

/** Orders that one customer made, as the stream `orders` tells them. */
export class MyOrders {
  #orders = new Map();

  reset() {
    this.#orders.clear();
  }

  apply(message) {
    const { type, data = {} } = message.data;
    const id = text(data.orderId);
    const known = this.#orders.get(id);
    if (type === 'order:created') {
      known === undefined && bound(this.#orders);
      this.#orders.set(id, { ...order(id, message, data), statuses: known?.statuses ?? [] });
      this.#status(id, data.status);
    } else if (known !== undefined && message.superseded !== true) {
      this.#status(id, type === 'order:deleted' ? 'deleted' : type === 'order:status_changed' ? data.newStatus : data.status);
      type === 'order:updated' && data.total !== undefined && (known.total = amountOf(data.total));
    }
  }

  #status(id, status) {
    const { statuses } = this.#orders.get(id);
    if (status !== undefined && text(status) !== statuses.at(-1)) {
      statuses.push(text(status));
      statuses.length > STATUSES && statuses.shift();
    }
  }

  /**
   * @param {MyPayments} payments
   * @returns {object[]} the newest order first
   */
  all(payments) {
    return [...this.#orders.values()].reverse().map((order) => {
      const paid = payments.of(order.id);
      return { ...order, status: order.statuses.at(-1) ?? '', payments: paid, ...way(order.statuses, paid.some(({ words }) => words === 'paid')) };
    });
  }
}

function order(id, message, data) {
  return { key: id, id, at: Date.parse(message.timestamp), total: amountOf(data.total), currency: currencyOf(data), lines: lines(data) };
}

/** Payments of one customer by the orders that they are for, as the stream `payments` tells them. */
export class MyPayments {
  #orders = new Map();

  reset() {
    this.#orders.clear();
  }

  apply(message) {
    const id = text(message.data.data?.orderId);
    let payments = this.#orders.get(id);
    if (payments === undefined) {
      bound(this.#orders);
      this.#orders.set(id, (payments = new OrderPayments()));
    }
    payments.apply(message);
  }

  of(id) {
    return this.#orders.get(id)?.all ?? [];
  }
}

/** Makes room for one more. */
function bound(map) {
  map.size >= MOST && map.delete(map.keys().next().value);
}
