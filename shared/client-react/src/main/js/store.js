/**
 * Something that components show: begun with the first that listens, ended when the last has gone. The end comes a turn later, so
 * that what goes and comes back at once (strict mode, a route that shows the same) is neither ended nor begun.
 *
 * `snapshot` is another object after each change and the same until then, as `useSyncExternalStore` wants it.
 */
export class Store {
  #listeners = new Set();
  #ending;
  #stop;
  #ended;

  /** @param {() => void} ended called once it has ended */
  constructor(snapshot, ended) {
    this.snapshot = snapshot;
    this.#ended = ended;
  }

  /** @returns {() => void} to stop listening */
  listen(listener) {
    // One of its own, since the same function may listen twice.
    const entry = { listener };
    clearTimeout(this.#ending);
    this.#listeners.add(entry);
    this.#stop ??= this.#begin();
    return () => {
      if (this.#listeners.delete(entry) && this.#listeners.size === 0) {
        this.#ending = setTimeout(() => this.#end(), 0);
      }
    };
  }

  /** Begins; returns what ends it. For a subclass. */
  _begin() {
    return () => {};
  }

  #end() {
    const stop = this.#stop;
    this.#stop = undefined;
    stop();
    this.#ended();
  }

  _change(changes) {
    this.snapshot = Object.freeze({ ...this.snapshot, ...changes });
    this._notify();
  }

  _notify() {
    [...this.#listeners].forEach(({ listener }) => listener());
  }

  /** A client that the server has closed for good (`4403` …) refuses everything: that is shown, and breaks no page. */
  #begin() {
    try {
      return this._begin();
    } catch (e) {
      if (e.code !== 'closed') {
        throw e;
      }
      this._change({ status: 'refused', error: asError(e) });
      return () => {};
    }
  }
}

/** What a request failed with, as a subscription is told of an error. */
export const asError = ({ code = 'failed', message }) => Object.freeze({ type: 'error', code, message });
