/**
 * Positions are strings that a client keeps and gives back. Where a subscription sees a whole stream they read
 * `epoch:offset` and can be compared; where it sees a part they are sealed, and all one can say is "the same".
 */

const READABLE = /^([^:]+):(\d{1,15})$/;

/**
 * @param {string | undefined} a
 * @param {string | undefined} b
 * @returns {number | undefined} below, at or above zero as a is before, at or after b; undefined when they can't be compared
 */
export function compare(a, b) {
  if (a === undefined || b === undefined) {
    return undefined;
  }
  if (a === b) {
    return 0;
  }
  const left = READABLE.exec(a);
  const right = READABLE.exec(b);
  if (left === null || right === null || left[1] !== right[1]) {
    return undefined;
  }
  return Number(left[2]) - Number(right[2]);
}
