import { read } from './api.js';

/** Between two attempts, in ms: the first wait and the longest. */
const SOONEST = 1_000;
const LATEST = 15_000;

/** What the reader may see and publish: `GET /api/types`. What isn't listed doesn't exist for this page. */
export class Catalog {
  #types;
  #manage;

  /**
   * @param {{name: string, see: string, publish: boolean}[]} types
   * @param {string[]} [manage] the parts of Millrace itself that the reader manages
   */
  constructor(types, manage = []) {
    this.types = types;
    this.#manage = new Set(manage);
    this.#types = new Map(types.map((type) => [type.name, type]));
  }

  /** Asks until there is an answer. A token that is refused sees nothing here; the connection says so to the reader. */
  static async of(token) {
    for (let wait = SOONEST; ; wait = Math.min(LATEST, wait * 2)) {
      try {
        const { types, manage } = await read('/api/types', token);
        return new Catalog(types, manage);
      } catch (e) {
        if (e.status === 401 || e.status === 403) {
          return new Catalog([]);
        }
        await new Promise((later) => setTimeout(later, Math.max(e.retryAfter ?? 0, Math.random() * wait)));
      }
    }
  }

  /** @returns {'all' | 'own' | 'none'} */
  sees(type) {
    return this.#types.get(type)?.see ?? 'none';
  }

  /** Whether the reader manages that part of Millrace. */
  manages(part) {
    return this.#manage.has(part);
  }

  /** Whether the console has something for the reader. */
  get operates() {
    return this.#manage.size > 0;
  }
}
