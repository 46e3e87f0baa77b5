import { freeze } from './json-copy.js';

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

/** Whether an event says what became of its entity. One that was superseded changed nothing: a newer one had come before it. */
export const changesAnEntity = ({ superseded, data }) => data?.entity !== undefined && superseded !== true;

/** Entities as they stood at one moment: it never changes. */
export class Entities {
  #entities;

  /** @param {Map<string, import('./millrace.d.ts').Entity>} entities that nobody changes any more */
  constructor(entities) {
    this.#entities = entities;
  }

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
}

/** The entities of one stream, kept up to date by the changes that come. */
export class EntityTable {
  #entities = new Map();
  #snapshot;

  /** How they stand now: the same until one changes. Only what somebody looked at is copied before it changes. */
  get snapshot() {
    return (this.#snapshot ??= new Entities(this.#entities));
  }

  get(kind, id) {
    return this.#entities.get(key(kind, id));
  }

  put({ kind, id, version, state }) {
    this.#own().set(key(kind, id), freeze({ kind, id, version, state }));
  }

  /**
   * Takes in what an event changed. A patch is of what the server last told us of its entity on this subscription,
   * whatever version that was: with `rate`, and where we may not see every event, there are others between.
   *
   * @param {{entity: {kind: string, id: string}, version: number, state?: object | null, patch?: object}} change
   * @returns {import('./millrace.d.ts').Entity | undefined} the entity as it is now (`state` null if it was deleted);
   *     undefined for a patch of an entity that isn't here
   */
  apply({ entity: { kind, id }, version, state, patch }) {
    const known = this.get(kind, id);
    if (state === undefined && (known === undefined || known.version >= version)) {
      return known;
    }
    const now = freeze({ kind, id, version, state: state === undefined ? mergePatch(known.state, patch) : state });
    now.state === null ? this.#own().delete(key(kind, id)) : this.#own().set(key(kind, id), now);
    return now;
  }

  #own() {
    if (this.#snapshot !== undefined) {
      this.#entities = new Map(this.#entities);
      this.#snapshot = undefined;
    }
    return this.#entities;
  }
}

const key = (kind, id) => `${kind.length}:${kind}${id}`;
