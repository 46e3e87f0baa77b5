/** Handlers by what they listen for. One that throws is reported: its mistake must not cost the others anything. */
export class Listeners {
  #handlers;
  #report;

  /**
   * @param {string[]} names of what there is to listen for
   * @param {object} options whose `onEvent`, `onError` … are the first handlers
   * @param {(fault: unknown, name: string) => void} report
   */
  constructor(names, options, report) {
    this.#handlers = new Map(names.map((name) => [name, new Set()]));
    this.#report = report;
    for (const name of names) {
      const handler = options[`on${name[0].toUpperCase()}${name.slice(1)}`];
      handler !== undefined && this.add(name, handler);
    }
  }

  add(name, handler) {
    if (typeof handler !== 'function') {
      throw new TypeError(`The handler of "${name}" must be a function.`);
    }
    this.#of(name).add(handler);
  }

  remove(name, handler) {
    this.#of(name).delete(handler);
  }

  call(name, ...args) {
    for (const handler of [...this.#of(name)]) {
      try {
        handler(...args);
      } catch (e) {
        this.#report(e, name);
      }
    }
  }

  has(name) {
    return this.#of(name).size > 0;
  }

  #of(name) {
    const handlers = this.#handlers.get(name);
    if (handlers === undefined) {
      throw new TypeError(`There is no "${name}" to listen for: ${[...this.#handlers.keys()].join(', ')}.`);
    }
    return handlers;
  }
}
