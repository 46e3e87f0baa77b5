/**
 * When to come back: what each way of ending a connection asks for, and how long to wait before the next try. Nothing here knows of sockets, so that every transport follows the same rules.
 */

/** How long a connection has to have been welcome before the next failure counts as a first one, in ms. */
export const STABLE_AFTER_MS = 5_000;
/** How long a connection may take from the first packet to `welcome`, in ms. */
export const WELCOME_WITHIN_MS = 10_000;
/** Until the server says another, in ms. */
export const HEARTBEAT_MS = 30_000;
/** The code we report when we gave a connection up ourselves: the one the server uses for the same finding. */
export const HEARTBEAT_LOST = 4408;
export const UNAUTHENTICATED = 4401;
/** What a transport reports that has no close codes, as a browser does when there was no close frame. */
export const BROKEN = 1006;

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
  if (code === UNAUTHENTICATED) {
    return 'new token';
  }
  return FINAL.has(code) ? 'stay away' : 'come back';
}

/** Codes of an attempt that something on the way may have ended, and not the server. */
export const mayBeTheWay = (code) => code === 1005 || code === BROKEN || code === 1015 || code === HEARTBEAT_LOST;

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
