import { el, say } from '../dom.js';

/** Who the server takes the reader for. */
class WhoAmI extends HTMLElement {
  #who = el('span', { class: 'who', 'data-testid': 'whoami' });
  #out = el('button', { type: 'button', class: 'quiet', hidden: true, 'data-testid': 'sign-out' }, 'Sign out');
  #session;

  connectedCallback() {
    this.#out.addEventListener('click', () => this.#session.signOut());
    this.append(this.#who, this.#out);
  }

  /** @param {string} [name] what they are called, where the page knows */
  show(identity, session, name) {
    this.#session = session;
    this.#out.hidden = session.token === undefined;
    if (identity === undefined) {
      say(this.#who, '');
      return;
    }
    const roles = (identity.roles ?? []).join(', ');
    const user = identity.user && identity.user !== roles ? `${name ?? identity.user} · ` : '';
    say(this.#who, user + (roles || 'no role'));
  }
}

customElements.define('mr-who-am-i', WhoAmI);
