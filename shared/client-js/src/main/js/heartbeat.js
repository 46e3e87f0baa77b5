/** How long after it was asked for one the other side may take to give a sign of life, in ms. */
const GRACE_MS = 5_000;

/**
 * Finds out that the other side is gone: after a heartbeat of silence it asks, and gives up when nothing came within the
 * grace. It never gives up unasked, since a hidden page's timers may fire a minute late, and a laptop's after a night.
 */
export class Heartbeat {
  #clock;
  #ask;
  #dead;
  #timer;
  #heartbeat;
  #lastArrival;

  /**
   * @param {import('./millrace.d.ts').Clock} clock
   * @param {() => void} ask for a sign of life
   * @param {(verdict: string) => void} dead
   */
  constructor(clock, ask, dead) {
    this.#clock = clock;
    this.#ask = ask;
    this.#dead = dead;
  }

  /** The other side has so long to say the first word, in ms. */
  expect(withinMs, verdict) {
    this.stop();
    this.#timer = this.#clock.setTimeout(() => this.#dead(verdict), withinMs);
  }

  /** @param {number} heartbeat ms */
  start(heartbeat) {
    this.stop();
    this.#heartbeat = heartbeat;
    this.heard();
    this.#listen();
  }

  heard() {
    this.#lastArrival = this.#clock.now();
  }

  /** Asks now, when there is reason to doubt. */
  check() {
    if (this.#heartbeat !== undefined) {
      this.stop();
      const asked = this.#clock.now();
      this.#ask();
      this.#timer = this.#clock.setTimeout(
        () => (this.#lastArrival >= asked ? this.#listen() : this.#dead('nothing was heard')),
        GRACE_MS,
      );
    }
  }

  stop() {
    this.#clock.clearTimeout(this.#timer);
  }

  /** Re-armed when it fires, not at each arrival. */
  #listen() {
    const left = this.#heartbeat - (this.#clock.now() - this.#lastArrival);
    if (left > 0) {
      this.#timer = this.#clock.setTimeout(() => this.#listen(), left);
    } else {
      this.check();
    }
  }
}
