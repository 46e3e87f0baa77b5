/**
 * Positions are strings that a client keeps and gives back. Where a subscription sees a whole stream they read
 * `epoch:offset` and can be compared; where it sees a part they are sealed, and all one can say is "the same".
 */

const READABLE = /^([^:]+):(\d{1,15})$/;

/** How many sealed positions are remembered to know a repeat by; a resume that goes back further than this is a reset. */
const REMEMBERED = 1_024;

/**
 * @param {string | undefined} a
 * @param {string | undefined} b
 * @returns {number | undefined} below, at or above zero as a is before, at or after b; undefined when they can't be compared
 */
export function compare(a, b) {
  if (a === undefined || b === undefined) {
    return undefined;
  }
  if (a === b) {
    return 0;
  }
  const left = READABLE.exec(a);
  const right = READABLE.exec(b);
  if (left === null || right === null || left[1] !== right[1]) {
    return undefined;
  }
  return Number(left[2]) - Number(right[2]);
}

/** Up to where a handler has seen everything: the only thing that has to survive a dropped connection. */
export class Cursor {
  #recent = new Set();
  position;

  /** @param {string | undefined} position */
  constructor(position) {
    this.position = position;
  }

  moveTo(position) {
    this.#recent.clear();
    this.position = position ?? this.position;
  }

  forget() {
    this.#recent.clear();
    this.position = undefined;
  }

  isRepeat(position) {
    const order = compare(position, this.position);
    // Sealed positions have no order, but those already seen can be known again.
    return order === undefined ? this.#recent.has(position) : order <= 0;
  }

  advance(position) {
    if (typeof position !== 'string') {
      return; // an event that isn't kept has no place in the order
    }
    this.position = position;
    this.#recent.add(position);
    if (this.#recent.size > REMEMBERED) {
      this.#recent.delete(this.#recent.values().next().value);
    }
  }
}
