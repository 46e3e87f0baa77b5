import { read } from '../api.js';

/**
 * Reads something again and again while the page is seen, never more often than said: the next reading waits for the answer.
 */
export class Reading {
  #what;
  #token;
  #take;
  #timer;
  /** When it may be read again, ms since 1970. */
  #due = 0;
  #round = 0;
  #reading = false;
  #closed = false;

  /** How long after an answer it is read again, in ms; may be changed. */
  every;
  /** Why it can't be read now, in words; empty if it can. */
  problem = '';

  /**
   * @param {string | ((token: string | undefined | Promise<string | undefined>) => Promise<any>)} what a path, or how it is read
   * @param {number} every ms
   * @param {() => string | undefined | Promise<string | undefined>} token
   * @param {(answer: any | undefined) => void} take gets each answer, or nothing where there was none
   */
  constructor(what, every, token, take) {
    this.#what = what;
    this.every = every;
    this.#token = token;
    this.#take = take;
    document.addEventListener('visibilitychange', this.#seen);
    this.now();
  }

  #seen = () => {
    clearTimeout(this.#timer);
    if (!document.hidden && !this.#closed) {
      this.#timer = setTimeout(() => this.now(), Math.max(0, this.#due - Date.now()));
    }
  };

  /** Reads at once, if it doesn't already. */
  async now() {
    clearTimeout(this.#timer);
    if (this.#reading || this.#closed) {
      return;
    }
    this.#reading = true;
    const round = ++this.#round;
    let wait = 0;
    let answer;
    let problem = '';
    try {
      const token = this.#token();
      answer = await (typeof this.#what === 'string' ? read(this.#what, token) : this.#what(token));
    } catch (e) {
      wait = e.retryAfter ?? 0;
      problem = e.status === undefined ? 'Millrace can’t be reached; it is tried again every few seconds.' : e.message;
    }
    if (round !== this.#round) {
      return; // closed, or begun anew meanwhile
    }
    this.#reading = false;
    this.problem = problem;
    this.#take(answer);
    this.#due = Date.now() + Math.max(this.every, wait);
    this.#seen();
  }

  /** Reads at once; what is under way already is of no use: something else is asked, or something was done. */
  again() {
    this.#round++;
    this.#reading = false;
    return this.now();
  }

  close() {
    this.#closed = true;
    this.#round++;
    clearTimeout(this.#timer);
    document.removeEventListener('visibilitychange', this.#seen);
  }
}
