/** What became of an event at a connection: its name, and what that means. */
const OUTCOMES = {
  delivered: ['delivered', 'was written to the connection'],
  not_subscribed: ['not subscribed', 'the client followed another stream, or this one only from a later position on'],
  not_permitted: ['not permitted', 'the client’s roles, or the event’s target or exclude, don’t let it see this event'],
  filtered: ['filtered', 'the subscription’s filter doesn’t match the event'],
  conflated: ['conflated', 'a newer event of the same entity took its place'],
  dropped: ['dropped', 'the client read too slowly and chose to skip'],
  not_connected: ['not connected', 'there is no such connection now; it reads on from its position when it is back'],
  waiting: ['waiting', 'the client has yet to read earlier events'],
};

/** What a node remembers of an event. */
const TRACES = {
  matched: 'a subscription there got it',
  unmatched: 'it came, and no subscription there matched it',
  not_followed: 'no client there followed the stream when it came',
  forgotten: 'it is older than what the node keeps in memory',
  unanswered: 'the node doesn’t answer',
};

/** @returns {{name: string, why: string}} */
export function outcomeWords(outcome) {
  const [name, why] = OUTCOMES[outcome] ?? [outcome, ''];
  return { name, why };
}

export const traceWords = (trace) => TRACES[trace] ?? trace;

/**
 * The whole in a sentence.
 *
 * @param {{connections: number, outcomes: {outcome: string, count: number}[], nodes: {trace: string}[]}} everyone
 */
export function verdict({ connections, outcomes, nodes }) {
  const got = outcomes.find(({ outcome }) => outcome === 'delivered')?.count ?? 0;
  if (connections === 0) {
    return 'Nobody is connected now.';
  }
  if (got === 0 && nodes.every(({ trace }) => trace === 'unmatched' || trace === 'not_followed')) {
    return `No subscription matched it: none of ${connections} connections got it.`;
  }
  if (got === 0 && nodes.some(({ trace }) => trace === 'matched')) {
    return `None of ${connections} connections got it; one that is gone did.`;
  }
  return `${got} of ${connections} connections got it.`;
}
