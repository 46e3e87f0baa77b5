/**
 * Which orders are looked at.
 *
 * @typedef {object} Chosen
 * @property {string} country '' for all
 * @property {number | undefined} atLeast what an order comes to at least
 * @property {string} [customer] an id, or how a name begins; '' or absent for all
 */

/**
 * The same as the server takes it. It is about new orders; what becomes of one is wanted whichever it is, since it says
 * neither country nor amount.
 *
 * @param {Chosen} chosen
 * @returns {object | undefined} undefined for all
 */
export function ordersFilter({ country, atLeast, customer = '' }) {
  const amount = atLeast > 0;
  if (country === '' && !amount && customer === '') {
    return undefined;
  }
  const wanted = {
    type: 'order:created',
    ...(country === '' ? {} : { 'data.country': country }),
    ...(amount ? { 'data.total': { gte: atLeast } } : {}),
    ...(customer === '' ? {} : { or: [{ 'data.customerId': customer }, { 'data.customerName': { prefix: customer } }] }),
  };
  return { or: [wanted, { not: { type: 'order:created' } }] };
}

/**
 * Of a room's events, as the server takes it: those of one team, and of the shots those that hit. What is neither a move nor
 * a shot always passes; undefined if everything does.
 *
 * @param {{team?: string, hits: boolean}} only
 */
export function arenaFilter({ team, hits }) {
  const ours = { or: [{ 'data.team': team }, { not: { type: { in: ['arena:entered', 'arena:moved', 'arena:shot'] } } }] };
  const struck = { or: [{ 'data.hit': { exists: true } }, { not: { type: 'arena:shot' } }] };
  const both = [...(team === undefined ? [] : [ours]), ...(hits ? [struck] : [])];
  return both.length === 0 ? undefined : { and: both };
}

/**
 * Whether a new order is one of those, as the server decides it; for what is read page by page, which the server doesn't filter.
 *
 * @param {Chosen} chosen
 * @param {{country?: string, total?: number, customerId?: string, customerName?: string}} order
 */
export function passes({ country, atLeast, customer = '' }, order) {
  return (
    (country === '' || order.country === country) &&
    (!(atLeast > 0) || order.total >= atLeast) &&
    (customer === '' || order.customerId === customer || String(order.customerName ?? '').startsWith(customer))
  );
}
