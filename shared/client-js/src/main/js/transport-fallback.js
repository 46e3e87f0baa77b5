/** So many times in a row a WebSocket fails before another transport is thought of. */
const FALL_AFTER = 2;
/** How long until a better transport is tried again, in ms: at first, doubling up to the longest. */
const UPGRADE_AFTER_MS = 60_000;
const UPGRADE_AT_MOST_MS = 600_000;

/** Which transport is used: the best, or a later one where that does not get through; the best is tried again beside it. */
export class TransportFallback {
  #transports;
  #at = 0;
  #failures = 0;
  #upgrades = 0;
  /** When the best transport is worth another try, in the clock's ms. */
  #upgradeAt = 0;

  /** @param {string[]} transports */
  constructor(transports) {
    this.#transports = transports;
  }

  get current() {
    return this.#transports[this.#at];
  }

  get best() {
    return this.#transports[0];
  }

  get onBest() {
    return this.#at === 0;
  }

  welcomed() {
    this.#failures = 0;
  }

  /** @returns {boolean} whether this transport has failed so often that the next one is worth a look */
  failed() {
    return (++this.#failures >= FALL_AFTER || !this.onBest) && this.#at < this.#transports.length - 1;
  }

  fallBack(now) {
    this.#failures = 0;
    this.#at = Math.min(this.#at + 1, this.#transports.length - 1);
    this.#upgradeAt = now + UPGRADE_AFTER_MS;
  }

  toBest() {
    this.#failures = this.#at = this.#upgrades = 0;
  }

  upgradeFailed(now) {
    this.#upgradeAt = now + Math.min(UPGRADE_AT_MOST_MS, UPGRADE_AFTER_MS * 2 ** ++this.#upgrades);
  }

  /** @returns {number} ms until the best transport is worth another try */
  upgradeIn(now) {
    return Math.max(0, this.#upgradeAt - now);
  }
}
