import { read } from '../api.js';

/** So long an answer may take, in ms: after that it is told that there is none, and it is tried again. */
const WITHIN = 10_000;

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
  #reading = false;
  /** What is being read is outdated already. */
  #anew = false;
  #closed = false;

  /** Why it can't be read now, in words; empty if it can. */
  problem = '';
  /** Since when it is tried without an answer, ms since 1970; undefined if the last try had one. */
  since;

  /**
   * @param {string | (() => string)} path
   * @param {number} every ms
   * @param {() => string | undefined | Promise<string | undefined>} token
   * @param {(answer: any | undefined) => void} take gets each answer, or nothing where there was none
   */
  constructor(path, every, token, take) {
    this.#path = typeof path === 'string' ? () => path : path;
    this.#every = every;
    this.#token = token;
    this.#take = take;
    document.addEventListener('visibilitychange', this.#seen);
    this.now();
  }

  #seen = () => {
    clearTimeout(this.#timer);
    if (!document.hidden && !this.#reading) {
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
      wait = this.#every;
      try {
        answer = await read(this.#path(), this.#token(), WITHIN);
        this.problem = '';
        this.since = undefined;
      } catch (e) {
        answer = undefined;
        wait = Math.max(wait, e.retryAfter ?? 0);
        this.problem = e.status === undefined ? `${e.message}; it is tried again every few seconds.` : e.message;
      }
    }
    this.#reading = false;
    if (!this.#closed) {
      this.#take(answer);
      this.#due = Date.now() + wait;
      this.#seen();
    }
  }

  close() {
    this.#closed = true;
    clearTimeout(this.#timer);
    document.removeEventListener('visibilitychange', this.#seen);
  }
}
