import { asError, Store } from './store.js';

export const NOBODY_ASKED = Object.freeze({ count: undefined, status: 'waiting', error: undefined });

/** How often it is asked who is there, in ms: who comes and goes in between is told by events. */
const ASKED_EVERY_MS = 15_000;

/** How many users are there: by the last answer, and by the events of those who came and went since. */
export class PresenceStore extends Store {
  #session;
  #of;
  #users;

  /**
   * @param {import('./session.js').Session} session
   * @param {{stream: string, join: string, leave: string, user: string}} of the types of events, and the field of their data that
   *     says who
   * @param {() => void} ended
   */
  constructor(session, of, ended) {
    super(NOBODY_ASKED, ended);
    this.#session = session;
    this.#of = of;
  }

  _begin() {
    const { client } = this.#session;
    const ask = () => this.#ask(client);
    const subscription = client
      .subscribe(this.#of.stream)
      .on('event', (message) => this.#moved(message))
      .on('subscribed', ask)
      .on('reset', ask)
      .on('lost', () => this.#forget({ status: 'waiting' }))
      .on('error', (error) => error.retryAfter > 0 || this.#forget({ status: 'refused', error }));
    const timer = setInterval(() => subscription.open && !globalThis.document?.hidden && ask(), ASKED_EVERY_MS);
    subscription.open && ask();
    return () => {
      clearInterval(timer);
      subscription.unsubscribe();
    };
  }

  async #ask(client) {
    try {
      const { users } = await client.presence(this.#of.stream);
      this.#users = new Set(users.map(({ user }) => user));
      this._change({ count: this.#users.size, status: 'live', error: undefined });
    } catch (refusal) {
      this.#forget({ error: asError(refusal) });
    }
  }

  #moved({ data: { type, data } }) {
    const { join, leave, user } = this.#of;
    const who = data?.[user];
    if (this.#users !== undefined && who !== undefined && (type === join || type === leave)) {
      type === join ? this.#users.add(who) : this.#users.delete(who);
      this._change({ count: this.#users.size });
    }
  }

  #forget(changes) {
    this.#users = undefined;
    this._change({ ...changes, count: undefined });
  }
}
