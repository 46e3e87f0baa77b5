/**
 * What every page does besides its own: who reads it, one connection, one painting for many changes, the head with its state,
 * an end when it is left. A page is made, then connected, then begun: what its reader may see is asked for in between.
 */
import { Millrace } from '/client/millrace.js';
import { Painter } from './painter.js';
import { openSession } from './session.js';
import './parts/connection-state.js';
import './parts/resumed.js';
import './parts/sign-in.js';
import './parts/who-am-i.js';

/** How often what is told relative to now is told again, in ms. */
const TICK = 1_000;

export class Page {
  #begun = false;
  #painter = new Painter(() => this.#draw());
  #paint;

  session = openSession();

  /** @type {Millrace} */
  client;
  /** How many events of this page are late; see `stream-lag.js`. */
  late = () => undefined;

  /** @param {() => void} paint draws what is the page's own */
  constructor(paint) {
    this.#paint = paint;
  }

  token = () => this.session.fresh();

  /** Draws soon; nothing before the page has begun, so that nothing is shown that goes away again. */
  changed = () => this.#begun && this.#painter.soon();

  /** The component of that name. */
  part(name) {
    return document.querySelector(`mr-${name}`);
  }

  /**
   * @param {object} on
   * @param {(state: object) => void} [on.state]
   * @param {(identity: object) => void} [on.welcome]
   */
  connect({ state: told = () => {}, welcome = () => {} } = {}) {
    this.client = new Millrace({
      token: this.token,
      clock: this.session.clock,
      onState: (state) => {
        this.part('resumed').show(state);
        state.name === 'signed out' && this.session.refused();
        told(state);
        this.changed();
      },
      onWelcome: (identity) => {
        welcome(identity);
        this.changed();
      },
    });
    return this.client;
  }

  /** @param {import('./catalog.js').Catalog} [catalog] of what the reader may see */
  begin(catalog) {
    this.#begun = true;
    document.querySelectorAll('nav [href="/console"]').forEach((link) => (link.hidden = !catalog?.operates));
    this.#draw();
    setInterval(this.changed, TICK);
    document.addEventListener('visibilitychange', this.changed);
    // A browser keeps a page that was left for a while, and its connection with it.
    addEventListener('pagehide', () => this.client.close());
    // A link with a new token, opened in a tab that is here already, changes only the part after '#'.
    addEventListener('hashchange', () => location.hash.includes('token=') && location.reload());
  }

  #draw() {
    const state = this.part('connection-state');
    state.show(this.client.state, this.late());
    document.documentElement.dataset.state = state.state;
    this.part('who-am-i').show(this.client.identity, this.session);
    this.part('sign-in').show(this.client, this.session);
    this.#paint();
  }
}
