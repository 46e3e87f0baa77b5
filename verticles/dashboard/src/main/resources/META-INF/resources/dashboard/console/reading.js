import { read } from '../api.js';

/** So long an answer may take, in ms: after that it is told that there is none, and it is tried again. */
const WITHIN = 10_000;

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
  #reading = false;
  /** What is being read is outdated already. */
  #anew = false;
  #closed = false;

  /** How long after an answer it is read again, in ms; may be changed. */
  every;
  /** Why it can't be read now, in words; empty if it can. */
  problem = '';
  /** Since when it is tried without an answer, ms since 1970; undefined if the last try had one. */
  since;

  /**
   * @param {string | ((token: string | undefined | Promise<string | undefined>, within: number) => Promise<any>)} what a path, or how it is read
   * @param {number} every ms
   * @param {() => string | undefined | Promise<string | undefined>} token
   * @param {(answer: any | undefined) => void} take gets each answer, or nothing where there was none
   */
  constructor(what, every, token, take) {
    this.#what = typeof what === 'string' ? (bearer, within) => read(what, bearer, within) : what;
    this.every = every;
    this.#token = token;
    this.#take = take;
    document.addEventListener('visibilitychange', this.#seen);
    this.now();
  }

  #seen = () => {
    clearTimeout(this.#timer);
    if (!document.hidden && !this.#reading && !this.#closed) {
      this.#timer = setTimeout(() => this.now(), Math.max(0, this.#due - Date.now()));
    }
  };

  /** Reads at once: the path is another, or something was done. What is being read then is read anew, and not taken. */
  async now() {
    clearTimeout(this.#timer);
    this.#anew = true;
    if (this.#reading || this.#closed) {
      return;
    }
    this.#reading = true;
    let answer;
    let wait;
    while (this.#anew && !this.#closed) {
      this.#anew = false;
      this.since ??= Date.now();
      wait = 0;
      try {
        answer = await this.#what(this.#token(), WITHIN);
        this.problem = '';
        this.since = undefined;
      } catch (e) {
        answer = undefined;
        wait = e.retryAfter ?? 0;
        this.problem = e.status === undefined ? `${e.message}; it is tried again every few seconds.` : e.message;
      }
    }
    this.#reading = false;
    if (!this.#closed) {
      this.#take(answer);
      this.#due = Date.now() + Math.max(this.every, wait);
      this.#seen();
    }
  }

  close() {
    this.#closed = true;
    clearTimeout(this.#timer);
    document.removeEventListener('visibilitychange', this.#seen);
  }
}
