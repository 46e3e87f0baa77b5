/** A token is renewed so long before it expires, in ms, or after four fifths of its time if that is later. */
const BEFORE_MS = 60_000;
/** A provider that fails is asked again after this, in ms. */
const AGAIN_MS = 5_000;
/** The longest wait that a timer can be told, in ms. */
const LONGEST_MS = 2 ** 31 - 1;

/** Where tokens come from: a string, or a function that is asked before each connection and before the last one expires. */
export class Tokens {
  #source;
  #clock;
  #timer;
  /** Goes up with each renewal, so that an answer that comes too late changes nothing. */
  #round = 0;

  /**
   * @param {import('./millrace.d.ts').Options['token']} source
   * @param {import('./millrace.d.ts').Clock} clock
   */
  constructor(source, clock) {
    this.#source = source;
    this.#clock = clock;
  }

  /** @returns {Promise<string | undefined>} undefined for somebody who isn't signed in */
  async get() {
    return (typeof this.#source === 'function' ? await this.#source() : this.#source) ?? undefined;
  }

  /**
   * Asks for another token in time. A fixed one can't be renewed; its connection ends when it does.
   *
   * @param {string | undefined} expiresAt of the token now in use, RFC 3339
   * @param {string | undefined} now the token in use
   * @param {(token: string) => void} renewed
   * @param {(e: unknown) => void} fault
   */
  renew(expiresAt, now, renewed, fault) {
    this.stop();
    const round = this.#round;
    const left = Date.parse(expiresAt) - this.#clock.wall();
    if (typeof this.#source !== 'function' || !(left > 0)) {
      return;
    }
    const ask = async () => {
      try {
        const token = await this.get();
        if (round === this.#round && token !== undefined && token !== now) {
          renewed(token);
          return;
        }
      } catch (e) {
        fault(e);
      }
      if (round !== this.#round) {
        return;
      }
      this.#timer = this.#clock.setTimeout(ask, AGAIN_MS);
    };
    const wait = Math.max(left - BEFORE_MS, left * 0.8);
    const later = () => this.renew(expiresAt, now, renewed, fault);
    this.#timer = this.#clock.setTimeout(wait > LONGEST_MS ? later : ask, Math.min(wait, LONGEST_MS));
  }

  stop() {
    this.#round++;
    this.#clock.clearTimeout(this.#timer);
  }
}
