import { amountOf, currencyOf } from './money.js';
import { text } from './orders.js';

const LATEST = 4;

/** What was received of the stream `payments`: the latest refunds. */
export class Payments {
  constructor() {
    this.reset();
  }

  reset() {
    this.latest = [];
  }

  /** What refunds were in, whatever is shown of them now. */
  currencies = new Set();

  apply(message) {
    const { type, data = {} } = message.data;
    if (type !== 'payment:refunded') {
      return;
    }
    const amount = amountOf(data.amount);
    this.currencies.add(currencyOf(data));
    this.latest.unshift({
      key: message.position ?? message.data.id,
      order: text(data.orderId ?? data.refundId ?? data.paymentId),
      reason: text(data.reason),
      // Some shops write what goes back as a negative amount.
      amount: amount === undefined ? undefined : Math.abs(amount),
      currency: currencyOf(data),
      at: Date.parse(message.timestamp),
    });
    this.latest.length = Math.min(this.latest.length, LATEST);
  }
}
