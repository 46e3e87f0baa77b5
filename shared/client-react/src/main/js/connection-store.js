import { Store } from './store.js';

export const CONNECTING = Object.freeze({
  state: Object.freeze({ name: 'connecting', text: 'connecting' }),
  identity: undefined,
  transport: undefined,
  pending: 0,
});

/** The client's state, and whom the server takes us for. */
export class ConnectionStore extends Store {
  #session;

  constructor(session, ended) {
    super(CONNECTING, ended);
    this.#session = session;
  }

  _begin() {
    const { client } = this.#session;
    const show = () => {
      const { state, identity, transport, pending } = client;
      this._change({ state, identity, transport, pending });
    };
    const names = ['state', 'welcome', 'pending'];
    names.forEach((name) => client.on(name, show));
    show();
    return () => names.forEach((name) => client.off(name, show));
  }
}
