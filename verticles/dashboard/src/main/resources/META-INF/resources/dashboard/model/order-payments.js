import { amountOf, currencyOf } from './money.js';
import { text } from './orders.js';

/** So many of one order are kept: the newest. */
const MOST = 50;

const WORDS = { 'payment:received': 'paid', 'payment:failed': 'failed', 'payment:refunded': 'given back' };

/** Payments of one order: a payment as its last event says, each refund by itself. */
export class OrderPayments {
  #all = new Map();

  /** @returns {{key: string, words: string, tone: string, amount?: number, currency: string, by: string, at: number}[]} the oldest first */
  get all() {
    return [...this.#all.values()];
  }

  reset() {
    this.#all.clear();
  }

  apply(message) {
    const { id, type, data = {} } = message.data;
    const words = WORDS[type];
    if (words === undefined || (message.superseded === true && type !== 'payment:refunded')) {
      return;
    }
    const refund = type === 'payment:refunded';
    const key = refund ? `refund ${message.position ?? id}` : `payment ${text(data.paymentId)}`;
    const amount = amountOf(data.amount);
    const open = type === 'payment:received' && ['pending', 'failed'].includes(data.status) ? data.status : words;
    const before = this.#all.get(key);
    this.#all.set(key, {
      key,
      words: open,
      tone: open === 'paid' ? 'good' : open === 'pending' ? 'open' : 'bad',
      // Some shops write what goes back as a negative amount; a failure needn't say of how much it was.
      amount: amount === undefined ? before?.amount : refund ? Math.abs(amount) : amount,
      currency: currencyOf(data) || (before?.currency ?? ''),
      by: text(refund || type === 'payment:failed' ? data.reason : data.method),
      at: Date.parse(message.timestamp),
    });
    if (this.#all.size > MOST) {
      this.#all.delete(this.#all.keys().next().value);
    }
  }
}
