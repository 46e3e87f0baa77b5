/**
 * When to come back: what each way of ending a connection asks for, and how long to wait before the next try.
 * Nothing here knows of sockets, so that another transport can follow the same rules.
 */

/** How long a connection has to have been welcome before the next failure counts as a first one, in ms. */
export const STABLE_AFTER_MS = 5_000;

const BASE_MS = 250;
const CAP_MS = 15_000;

/** Codes that a second try would only meet again: a protocol mistake, a message too big, a refusal. */
const FINAL = new Set([1002, 1003, 1007, 1008, 1009, 1010, 4400, 4403]);

/**
 * What a close code asks of the client.
 *
 * Anything that isn't known to be final is worth coming back for: a network between us and the server may end a
 * connection with a code of its own.
 *
 * @param {number} code
 * @returns {'come back' | 'new token' | 'stay away'}
 */
export function afterClose(code) {
  if (code === 4401) {
    return 'new token';
  }
  return FINAL.has(code) ? 'stay away' : 'come back';
}

/**
 * Exponential backoff with full jitter: each wait is anywhere between nothing and the ceiling, so that a thousand
 * clients that lost the same server don't return in the same instant (Brooker, "Exponential Backoff And Jitter", 2015).
 */
export class Backoff {
  #random;
  #failures = 0;

  /** @param {() => number} random 0 ≤ x < 1 */
  constructor(random) {
    this.#random = random;
  }

  /** @returns {number} ms to wait before the next try */
  next() {
    const ceiling = Math.min(CAP_MS, BASE_MS * 2 ** this.#failures);
    this.#failures = Math.min(this.#failures + 1, 16);
    return Math.round(this.#random() * ceiling);
  }

  reset() {
    this.#failures = 0;
  }
}
