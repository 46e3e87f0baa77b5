import { amountOf, currencyOf, Money } from './money.js';
import { text } from './orders.js';

const LATEST = 4;

/** What the stream `payments` comes to. */
export class Payments {
  constructor() {
    this.reset();
  }

  reset() {
    this.received = { count: 0, money: new Money() };
    this.refunds = { count: 0, money: new Money() };
    this.failed = { count: 0 };
    this.latest = [];
    this.since = undefined;
    this.past = 0;
    this.live = 0;
  }

  apply(message, past) {
    past ? this.past++ : this.live++;
    const { type, data = {} } = message.data;
    const at = Date.parse(message.timestamp);
    if (at < (this.since ?? Infinity)) {
      this.since = at;
    }
    const currency = currencyOf(data);
    const amount = amountOf(data.amount);
    if (type === 'payment:received') {
      this.received.count++;
      this.received.money.add(currency, amount);
    } else if (type === 'payment:failed') {
      this.failed.count++;
    } else if (type === 'payment:refunded') {
      this.refunds.count++;
      // Some shops write what goes back as a negative amount.
      this.refunds.money.add(currency, amount === undefined ? undefined : Math.abs(amount));
      this.latest.unshift({
        key: message.position ?? message.data.id,
        order: text(data.orderId ?? data.refundId ?? data.paymentId),
        reason: text(data.reason),
        amount: amount === undefined ? undefined : Math.abs(amount),
        currency,
        at,
      });
      this.latest.length = Math.min(this.latest.length, LATEST);
    }
  }
}
