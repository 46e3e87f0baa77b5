import { read } from '../api.js';

/**
 * Reads a path again and again while the page is seen, never more often than said: the next reading waits for the answer.
 */
export class Reading {
  #path;
  #every;
  #token;
  #take;
  #timer;
  /** When it may be read again, ms since 1970. */
  #due = 0;
  #round = 0;
  #reading = false;

  /** Why it can't be read now, in words; empty if it can. */
  problem = '';

  /**
   * @param {string} path
   * @param {number} every ms
   * @param {() => string | undefined | Promise<string | undefined>} token
   * @param {(answer: any | undefined) => void} take gets each answer, or nothing where there was none
   */
  constructor(path, every, token, take) {
    this.#path = path;
    this.#every = every;
    this.#token = token;
    this.#take = take;
    document.addEventListener('visibilitychange', this.#seen);
    this.now();
  }

  #seen = () => {
    clearTimeout(this.#timer);
    if (!document.hidden) {
      this.#timer = setTimeout(() => this.now(), Math.max(0, this.#due - Date.now()));
    }
  };

  /** Reads at once, if it doesn't already. */
  async now() {
    clearTimeout(this.#timer);
    if (this.#reading) {
      return;
    }
    this.#reading = true;
    const round = ++this.#round;
    let wait = this.#every;
    let answer;
    try {
      answer = await read(this.#path, this.#token());
      this.problem = '';
    } catch (e) {
      wait = Math.max(wait, e.retryAfter ?? 0);
      this.problem = e.status === undefined ? 'Millrace can’t be reached; it is tried again every few seconds.' : e.message;
    }
    this.#reading = false;
    if (round !== this.#round) {
      return; // closed meanwhile
    }
    this.#take(answer);
    this.#due = Date.now() + wait;
    this.#seen();
  }

  close() {
    this.#round++;
    clearTimeout(this.#timer);
    document.removeEventListener('visibilitychange', this.#seen);
  }
}
