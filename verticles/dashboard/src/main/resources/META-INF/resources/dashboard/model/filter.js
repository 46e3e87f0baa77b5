/**
 * Which orders are looked at, as the server takes it. It is about new orders; what becomes of one is wanted whichever it
 * is, since it says neither country nor amount.
 *
 * @param {{country: string, atLeast: number | undefined}} chosen
 * @returns {object | undefined} undefined for all
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
  return { or: [wanted, { not: { type: 'order:created' } }] };
}
