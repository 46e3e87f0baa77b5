/** What an order goes through, in the words of whoever waits for it. */
export const WAY = ['ordered', 'paid', 'shipped', 'delivered'];

/** A status comes from outside, and shops have words of their own for it; one that says nothing here moves nothing. */
const REACHED = [
  [3, /^(delivered|completed?|done|picked.?up)$/i],
  [2, /^(shipped|fulfilled|in.?transit|out.?for.?delivery|dispatched|sent)$/i],
  [1, /^(paid|confirmed|processing|packed|preparing|in.?progress)$/i],
];
const ENDED = /^(cancel|refund|return|fail|reject|delete|decline)/i;

/**
 * Where an order is on its way.
 *
 * @param {string[]} statuses those that it had, the oldest first
 * @param {boolean} paid whether a payment says so
 * @returns {{reached: number, ended: boolean}} the last step of {@link WAY} that it reached
 */
export function way(statuses, paid) {
  const steps = statuses.map((status) => REACHED.find(([, words]) => words.test(status))?.[0] ?? 0);
  return { reached: Math.max(paid ? 1 : 0, ...steps), ended: ENDED.test(statuses.at(-1) ?? '') };
}
