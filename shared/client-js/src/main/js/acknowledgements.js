/** At most so often, in ms: what comes more often counts as messages of ours, of which a minute has few. */
const PAUSE_MS = 1_000;
const DELIVERED = new Set(['tick', 'update', 'alert', 'notification']);

/**
 * Says that events have been read, of those that the server asks for: one of so many, by their positions. That is how it
 * knows how long events take to the reader. A server that asks for none is told nothing.
 */
export class Acknowledgements {
  #clock;
  #send;
  #sampling;
  #notBefore = -Infinity;

  /**
   * @param {import('./millrace.d.ts').Clock} clock
   * @param {(message: object) => void} send
   */
  constructor(clock, send) {
    this.#clock = clock;
    this.#send = send;
  }

  /** @param {{every: number, phase: number} | undefined} sampling what a `welcome` says */
  asked(sampling) {
    this.#sampling = sampling?.every > 0 ? sampling : undefined;
  }

  /** A message that has been given to whoever listens. */
  read({ type, stream, position }) {
    if (this.#sampling === undefined || position === undefined || !DELIVERED.has(type) || !samples(this.#sampling, position)) {
      return;
    }
    const now = this.#clock.now();
    if (now >= this.#notBefore) {
      this.#notBefore = now + PAUSE_MS;
      this.#send({ type: 'acknowledge', stream, position });
    }
  }
}

/** Whether a position is one of those: by the hash that Java's `String.hashCode` is, without its sign. */
export function samples({ every, phase }, position) {
  let hash = 0;
  for (let i = 0; i < position.length; i++) {
    hash = (Math.imul(hash, 31) + position.charCodeAt(i)) | 0;
  }
  return ((hash >>> 0) + phase) % every === 0;
}
