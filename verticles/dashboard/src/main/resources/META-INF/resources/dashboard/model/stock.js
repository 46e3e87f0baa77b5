import { amountOf } from './money.js';
import { text } from './orders.js';

const ALERTS = 40;
const SECONDS = 60;
/** As kept by second; more than a screen can tell apart. */
const REASONS = 6;

/** What the stream `inventory` comes to while the page is open: which products run out, and how fast stock moves. */
export class Stock {
  #now;

  /** @param {() => number} now ms */
  constructor(now = Date.now) {
    this.#now = now;
    this.reset();
  }

  reset() {
    this.alerts = new Map();
    this.reasons = new Map();
    this.seconds = [];
    this.moves = 0;
    this.since = this.#now();
  }

  apply(message) {
    const { type, data = {} } = message.data;
    if (type === 'inventory:updated') {
      this.#moved(data, message.superseded === true);
    } else if (message.superseded === true) {
      // Something newer was known of that product already.
    } else if (type === 'inventory:low_stock' || type === 'inventory:out_of_stock') {
      this.#alert(message, type, data);
    } else if (type === 'inventory:restocked') {
      this.alerts.delete(text(data.productId));
    }
  }

  /** @returns {{moves: number, inn: number, out: number}[]} the last minute by seconds of arrival, oldest first */
  lastMinute() {
    const now = Math.floor(this.#now() / 1_000);
    const bySecond = new Map(this.seconds.map((s) => [s.second, s]));
    return Array.from({ length: SECONDS }, (_, i) => bySecond.get(now - SECONDS + 1 + i) ?? { moves: 0, inn: 0, out: 0 });
  }

  #alert(message, type, data) {
    const key = text(data.productId);
    this.alerts.delete(key); // the newest comes last in a Map only when it is put in anew
    const left = type === 'inventory:out_of_stock' ? 0 : amountOf(data.currentStock);
    this.alerts.set(key, {
      key,
      name: text(data.productName ?? data.sku ?? data.productId),
      sku: text(data.sku),
      left,
      threshold: amountOf(data.threshold),
      level: left === 0 ? 'out' : data.severity === 'critical' ? 'critical' : 'low',
      at: Date.parse(message.timestamp),
    });
    if (this.alerts.size > ALERTS) {
      this.alerts.delete(this.alerts.keys().next().value);
    }
  }

  #moved(data, superseded) {
    this.moves++;
    const difference = amountOf(data.difference) ?? 0;
    const second = Math.floor(this.#now() / 1_000);
    let last = this.seconds.at(-1);
    if (last?.second !== second) {
      last = { second, moves: 0, inn: 0, out: 0 };
      this.seconds.push(last);
      this.seconds = this.seconds.filter((s) => s.second > second - SECONDS);
    }
    last.moves++;
    difference > 0 ? (last.inn += difference) : (last.out -= difference);
    this.#reason(text(data.reason) || 'other', difference);
    superseded || this.#refill(data);
  }

  #reason(reason, difference) {
    const name = this.reasons.has(reason) || this.reasons.size < REASONS - 1 ? reason : 'other';
    const sum = this.reasons.get(name) ?? { moves: 0, units: 0 };
    this.reasons.set(name, { moves: sum.moves + 1, units: sum.units + difference });
  }

  /** A product that is above its threshold again isn't short any more, whether or not somebody says "restocked". */
  #refill(data) {
    const alert = this.alerts.get(text(data.productId));
    const stock = amountOf(data.newStock);
    if (alert !== undefined && stock !== undefined) {
      if (stock > (alert.threshold ?? 0)) {
        this.alerts.delete(alert.key);
      } else {
        this.alerts.set(alert.key, { ...alert, left: stock, level: stock <= 0 ? 'out' : alert.level });
      }
    }
  }
}
