/** A wait that can be watched: people see the seconds go by, and may cut it short. */
export class Countdown {
  #clock;
  #timer;

  /** @param {import('./millrace.d.ts').Clock} clock */
  constructor(clock) {
    this.#clock = clock;
  }

  /**
   * @param {number} until in the clock's ms
   * @param {(leftMs: number) => void} tick now and at each second
   * @param {() => void} done
   */
  start(until, tick, done) {
    this.stop();
    const left = until - this.#clock.now();
    if (left <= 0) {
      done();
      return;
    }
    tick(left);
    this.#timer = this.#clock.setTimeout(() => this.start(until, tick, done), Math.min(left, 1_000));
  }

  stop() {
    this.#clock.clearTimeout(this.#timer);
  }
}
