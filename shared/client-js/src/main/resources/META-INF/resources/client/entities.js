/**
 * What a JSON merge patch makes of a document (RFC 7396). Neither is changed; what the patch doesn't touch is shared.
 *
 * @param {unknown} target
 * @param {unknown} patch
 */
export function mergePatch(target, patch) {
  if (!isObject(patch)) {
    return patch;
  }
  // Not by assignment: a field may be called "__proto__".
  const merged = new Map(Object.entries(isObject(target) ? target : {}));
  for (const [name, value] of Object.entries(patch)) {
    value === null ? merged.delete(name) : merged.set(name, mergePatch(merged.get(name), value));
  }
  return Object.fromEntries(merged);
}

const isObject = (value) => typeof value === 'object' && value !== null && !Array.isArray(value);

/** The entities of one subscription as they stand, kept up to date by the changes that come. */
export class Entities {
  #entities = new Map();

  get size() {
    return this.#entities.size;
  }

  /** @returns {import('./millrace.d.ts').Entity | undefined} undefined if there is none, or it was deleted */
  get(kind, id) {
    return this.#entities.get(key(kind, id));
  }

  /** @returns {IterableIterator<import('./millrace.d.ts').Entity>} */
  [Symbol.iterator]() {
    return this.#entities.values();
  }

  clear() {
    this.#entities.clear();
  }

  put({ kind, id, version, state }) {
    this.#entities.set(key(kind, id), { kind, id, version, state });
  }

  /**
   * Takes in what an event changed.
   *
   * @param {{entity: {kind: string, id: string}, version: number, state?: object | null, patch?: object}} change
   * @returns {import('./millrace.d.ts').Entity | undefined} the entity as it is now (`state` null if it was deleted);
   *     undefined for a patch of a version that isn't here
   */
  apply({ entity: { kind, id }, version, state, patch }) {
    const at = key(kind, id);
    const known = this.#entities.get(at);
    if (state === undefined && known?.version !== version - 1) {
      return undefined;
    }
    const now = { kind, id, version, state: state === undefined ? mergePatch(known.state, patch) : state };
    if (now.state === null) {
      this.#entities.delete(at);
    } else {
      this.#entities.set(at, now);
    }
    return now;
  }
}

const key = (kind, id) => `${kind.length}:${kind}${id}`;
