import { amountOf, currencyOf, Money } from './money.js';
import { Series } from './series.js';
import { Tops } from './tops.js';
import { Zone } from './zone.js';

/** So many rows are kept; the page is for watching, the API for looking things up. */
const ROWS = 50;

/** More countries than this nobody looks through. */
const COUNTRIES = 100;

/** What was received of the stream `orders`: the newest rows, the sums, and each currency's sales over time. */
export class Orders {
  reset() {
    this.rows = [];
    this.count = 0;
    this.revenue = new Money();
    this.tops = new Tops();
    this.#series = new Map();
  }

  #series;

  /** Where orders came from, whatever is shown of them now. */
  countries = new Set();
  /** What amounts were in, whatever is shown of them now. */
  currencies = new Set();
  /** Where the shop's days begin. */
  zone = new Zone('UTC');

  constructor() {
    this.reset();
  }

  /** @returns {Series} the sales in the currency that most orders are in */
  get sales() {
    return this.#series.get(this.revenue.main.currency) ?? new Series();
  }

  notice({ data: { type, data } }) {
    if (type === 'order:created' && this.currencies.size < COUNTRIES) {
      this.currencies.add(currencyOf(data));
    }
    const country = text(data?.country);
    if (country !== '' && this.countries.size < COUNTRIES) {
      this.countries.add(country);
    }
  }

  /** @param {boolean} past from history, not live */
  apply(message, past) {
    const { type, data } = message.data;
    if (type === 'order:created') {
      this.#created(message, data ?? {}, Date.parse(message.timestamp), past);
      return;
    }
    if (message.superseded === true) {
      return; // something newer was known of that order already
    }
    switch (type) {
      case 'order:status_changed':
        this.#change(data?.orderId, { status: text(data?.newStatus) });
        break;
      case 'order:updated':
        this.#updated(data ?? {});
        break;
      case 'order:deleted':
        this.#change(data?.orderId, { status: 'deleted' });
        break;
      default: // a type that a later pack adds is counted, not shown
    }
  }

  #created(message, data, at, past) {
    const currency = currencyOf(data);
    const total = amountOf(data.total);
    this.count++;
    if (this.revenue.add(currency, total)) {
      const series = this.#series.get(currency) ?? new Series();
      this.#series.set(currency, series);
      series.add(this.zone.wall(at), total);
    }
    this.tops.add(data);
    if (message.superseded === true) {
      return; // it was ordered, and counts; what became of it since has been told before
    }
    this.rows.unshift({
      key: message.position ?? message.data.id,
      position: message.position,
      id: text(data.orderId),
      who: text(data.customerName ?? data.customerId),
      where: [data.country, data.channel].map(text).filter(Boolean).join(' · '),
      status: text(data.status),
      total,
      currency,
      at,
      past,
    });
    this.rows.length = Math.min(this.rows.length, ROWS);
  }

  #updated(data) {
    const change = {};
    if (data.status !== undefined) {
      change.status = text(data.status);
    }
    if (data.total !== undefined) {
      change.total = amountOf(data.total);
    }
    this.#change(data.orderId, change);
  }

  #change(orderId, change) {
    const at = this.rows.findIndex((row) => row.id === text(orderId));
    if (at >= 0) {
      this.rows[at] = { ...this.rows[at], ...change };
    }
  }
}

/** What an event says, as words of bounded length: it comes from outside. */
export function text(value) {
  return value === undefined || value === null ? '' : String(value).slice(0, 120);
}
