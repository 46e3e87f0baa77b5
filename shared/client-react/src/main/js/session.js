import { Refusal } from '@millrace/client';
import { ConnectionStore } from './connection-store.js';

/**
 * What one provider's components share: the client, which is made when the first of them needs it, and the stores by what they
 * show. Rendering makes neither, so a render that is thrown away, or one on a server, leaves nothing behind.
 */
export class Session {
  #make;
  #owned;
  #client;
  #holders = 0;
  #ended = false;
  #stores = new Map();
  #reads = new Map();

  /**
   * @param {() => import('@millrace/client').Millrace} make
   * @param {boolean} owned whether the client is closed with the last holder
   */
  constructor(make, owned) {
    this.#make = make;
    this.#owned = owned;
  }

  get client() {
    return (this.#client ??= this.#make());
  }

  /** Keeps the connection until what is returned is called, and a turn longer. */
  hold() {
    this.#holders++;
    this.#ended = false;
    const release = this.listen('connection', (s, ended) => new ConnectionStore(s, ended), () => {});
    return () => {
      release();
      this.#holders--;
      setTimeout(() => this.#holders === 0 && this.#end(), 0);
    };
  }

  #end() {
    const client = this.#client;
    this.#ended = true;
    this.#client = undefined;
    this.#owned && client?.close();
  }

  /**
   * @param {string} key what the store shows
   * @param {(session: Session, ended: () => void) => import('./store.js').Store} make if there is none
   * @param {() => void} listener
   */
  listen(key, make, listener) {
    let store = this.#stores.get(key);
    if (store === undefined) {
      store = make(this, () => this.#stores.delete(key));
      this.#stores.set(key, store);
    }
    return store.listen(listener);
  }

  /** The store that somebody listens to; undefined if nobody does. */
  store(key) {
    return this.#stores.get(key);
  }

  /** What the API answers. One request for all that ask in the same turn, and none that was sent before: it may be older. */
  read(path) {
    let next = this.#reads.get(path);
    if (next === undefined) {
      next = new Promise((turn) => setTimeout(turn, 0)).then(() => {
        this.#reads.delete(path);
        return this.client.read(path);
      });
      this.#reads.set(path, next);
    }
    return next;
  }

  /** As the client's; fails with `closed` after the provider has gone. */
  async publish(event, how) {
    if (this.#ended) {
      throw new Refusal({ code: 'closed', message: 'The provider of this connection has gone.' });
    }
    return this.client.publish(event, how);
  }
}
