import { text } from './orders.js';

/** So many are kept; a shop with more customers at once counts them. */
const MOST = 500;

/** Which customers are there: by the last roll call, if there was one, and by who has come and gone since. */
export class Online {
  #now;

  /** @param {() => number} now ms */
  constructor(now = Date.now) {
    this.#now = now;
    this.reset();
  }

  reset() {
    this.people = new Map();
    this.known = false;
    this.since = this.#now();
  }

  /** @param {{user: string, connections: number, since: string}[]} users */
  called(users) {
    const names = new Map([...this.people.values()].map((p) => [p.key, p.name]));
    this.known = true;
    this.people = new Map();
    for (const { user, connections, since } of users.slice(0, MOST)) {
      this.people.set(user, { key: user, name: names.get(user) ?? text(user), connections, since: Date.parse(since) });
    }
  }

  apply(message) {
    const { type, data } = message.data;
    const key = text(data?.customerId);
    if (type === 'customer:online' && this.people.size < MOST) {
      const name = text(data.customerName ?? data.customerId);
      this.people.set(key, { connections: 1, since: Date.parse(message.timestamp), ...this.people.get(key), key, name });
    } else if (type === 'customer:offline') {
      this.people.delete(key);
    }
  }
}
