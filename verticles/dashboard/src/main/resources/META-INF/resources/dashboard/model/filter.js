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
