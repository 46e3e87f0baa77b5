import { amountOf } from './money.js';

/**
 * Which orders are looked at: the filter as the server takes it, and the same for the past, which the page has loaded.
 * It is about new orders; what becomes of one is wanted whichever it is, since it says neither country nor amount.
 *
 * @param {{country: string, atLeast: number | undefined}} chosen
 * @returns {{wish: object, passes(message: object): boolean} | undefined} undefined for all
 */
export function ordersFilter({ country, atLeast }) {
  const amount = atLeast > 0;
  if (country === '' && !amount) {
    return undefined;
  }
  const wanted = {
    type: 'order:created',
    ...(country === '' ? {} : { 'data.country': country }),
    ...(amount ? { 'data.total': { gte: atLeast } } : {}),
  };
  return {
    wish: { or: [wanted, { not: { type: 'order:created' } }] },
    passes: ({ data: { type, data } }) =>
      type !== 'order:created' ||
      ((country === '' || data?.country === country) && (!amount || amountOf(data?.total) >= atLeast)),
  };
}
