import { amountOf, currencyOf } from './money.js';

/** So many products, and so many customers, are told apart; a shop with more is told so. */
const MOST = 5_000;
/** Of an order's lines. */
const LINES = 10_000;
const LONG = 120;

/** What sells, and to whom: of the orders that were received, each counted as it was placed. */
export class Tops {
  #products = new Ranking();
  #customers = new Ranking();

  add(data) {
    const currency = currencyOf(data);
    let items = 0;
    for (const line of Array.isArray(data.lines) ? data.lines.slice(0, LINES) : []) {
      const quantity = amountOf(line?.quantity) ?? 0;
      items += quantity;
      this.#products.add(currency, words(line?.productId), words(line?.description), (amountOf(line?.unitPrice) ?? 0) * quantity, quantity);
    }
    this.#customers.add(currency, words(data.customerId), words(data.customerName), amountOf(data.total) ?? 0, items);
  }

  /**
   * @param {'products' | 'customers'} what
   * @param {'revenue' | 'quantity'} by
   * @param {string} currency amounts in others are left out, since they don't compare
   * @param {number} most
   * @returns {{key: string, name: string, revenue: number, quantity: number, orders: number}[]} the greatest first
   */
  first(what, by, currency, most) {
    return this.#of(what).first(by, currency, most);
  }

  /** How many lines or orders aren't in the ranking, because there are too many different products or customers. */
  left(what) {
    return this.#of(what).left;
  }

  #of(what) {
    return what === 'products' ? this.#products : this.#customers;
  }
}

class Ranking {
  #rows = new Map();

  left = 0;

  add(currency, id, name, revenue, quantity) {
    if (id === '') {
      return; // not every sale has a known customer
    }
    const key = `${currency} ${id}`;
    let row = this.#rows.get(key);
    if (row === undefined) {
      if (this.#rows.size >= MOST) {
        this.left++;
        return;
      }
      row = { key, id, currency, name: id, revenue: 0, quantity: 0, orders: 0 };
      this.#rows.set(key, row);
    }
    row.name = name || row.name;
    row.revenue += revenue;
    row.quantity += quantity;
    row.orders++;
  }

  first(by, currency, most) {
    const all = [...this.#rows.values()].filter((row) => row.currency === currency && row[by] > 0);
    return all.sort((a, b) => b[by] - a[by] || (a.key < b.key ? -1 : 1)).slice(0, most);
  }
}

function words(value) {
  return value === undefined || value === null ? '' : String(value).slice(0, LONG);
}
