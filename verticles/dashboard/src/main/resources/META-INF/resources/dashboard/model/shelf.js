import { amountOf, currencyOf } from './money.js';
import { text } from './orders.js';

const LATEST = 12;

/** What happens to products: the part of the shop that everybody may see. */
export class Shelf {
  constructor() {
    this.reset();
  }

  reset() {
    this.latest = [];
    this.count = 0;
    this.since = Date.now();
  }

  apply(message) {
    if (message.superseded === true) {
      return; // it changed nothing
    }
    const { type, data = {} } = message.data;
    this.count++;
    this.latest.unshift({
      key: message.position ?? message.data.id,
      what: text(type).replace(/^product:/, '').replaceAll('_', ' '),
      name: text(data.productName ?? data.name ?? data.productId),
      from: amountOf(data.oldPrice),
      to: amountOf(data.newPrice ?? data.price),
      currency: currencyOf(data),
      at: Date.parse(message.timestamp),
    });
    this.latest.length = Math.min(this.latest.length, LATEST);
  }
}
