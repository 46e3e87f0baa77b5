/** More currencies than this are a mistake of somebody's; their amounts are left out rather than mixed. */
const MOST = 8;

/** @returns {string} an ISO code, or '' where the event doesn't name one */
export function currencyOf(data) {
  return typeof data?.currency === 'string' && /^[A-Z]{3}$/.test(data.currency) ? data.currency : '';
}

/** @returns {number | undefined} */
export function amountOf(value) {
  const amount = typeof value === 'string' && value.trim() !== '' ? Number(value) : value;
  return Number.isFinite(amount) ? amount : undefined;
}

/** Sums kept apart by currency: pounds and euros don't add up. */
export class Money {
  #sums = new Map();

  /** @returns {boolean} whether it was counted */
  add(currency, amount) {
    const known = this.#sums.get(currency);
    if (amount === undefined || (known === undefined && this.#sums.size >= MOST)) {
      return false;
    }
    this.#sums.set(currency, { currency, amount: (known?.amount ?? 0) + amount, count: (known?.count ?? 0) + 1 });
    return true;
  }

  /** The currency most amounts are in, first. */
  get sums() {
    return [...this.#sums.values()].sort((a, b) => b.count - a.count);
  }

  get main() {
    return this.sums[0] ?? { currency: '', amount: 0, count: 0 };
  }
}
