import { compare } from './position.js';

/** This long without an event, in ms, and a stream is taken to have caught up … */
const QUIET_MS = 250;
/** … or this long in all, where the server doesn't say how far there is to go. */
const AT_MOST_MS = 5_000;

/** Finds out when what was missed has come. */
export class CatchUp {
  #clock;
  #done;
  #head;
  #quiet;
  #limit;

  /**
   * @param {import('./millrace.d.ts').Clock} clock
   * @param {() => void} done
   */
  constructor(clock, done) {
    this.#clock = clock;
    this.#done = () => {
      this.stop();
      done();
    };
  }

  /**
   * @param {string} from where we are
   * @param {string | undefined} head where the stream is, as far as the server said
   */
  start(from, head) {
    this.stop();
    this.#head = compare(head, from) > 0 ? head : undefined;
    this.#limit = this.#clock.setTimeout(this.#done, AT_MOST_MS);
    this.#quiet = this.#clock.setTimeout(this.#done, QUIET_MS);
  }

  /** Something came, up to here. */
  came(position) {
    if (compare(position, this.#head) >= 0) {
      this.#done();
    } else {
      this.#clock.clearTimeout(this.#quiet);
      this.#quiet = this.#clock.setTimeout(this.#done, QUIET_MS);
    }
  }

  stop() {
    this.#clock.clearTimeout(this.#quiet);
    this.#clock.clearTimeout(this.#limit);
  }
}
