import { el, say } from '../dom.js';

let forms = 0;

/**
 * For whoever isn't signed in: what that means (`stranger`), and the way in (`command`). It never covers what there is to
 * see.
 */
class SignIn extends HTMLElement {
  #why = el('p');
  #id = `token-${++forms}`;
  #token = el('input', {
    id: this.#id,
    name: 'token',
    type: 'password',
    required: true,
    autocomplete: 'off',
    spellcheck: 'false',
    placeholder: 'eyJ…',
  });
  #session;

  connectedCallback() {
    const form = el(
      'form',
      { 'data-testid': 'sign-in' },
      el('label', { for: this.#id }, 'Token'),
      this.#token,
      el('button', {}, 'Sign in'),
    );
    form.addEventListener('submit', (event) => {
      event.preventDefault();
      this.#session.signIn(this.#token.value);
    });
    const how = el('p', {}, 'Run ', el('code', {}, this.getAttribute('command')), ' and paste what it prints.');
    this.setAttribute('role', 'region');
    this.setAttribute('aria-label', 'Sign in');
    this.append(this.#why, how, form);
  }

  show(client, session) {
    this.#session = session;
    const refused = client.state.name === 'signed out';
    const stranger = session.token === undefined && client.identity !== undefined;
    say(
      this.#why,
      refused
        ? 'Your token is no longer accepted; it may have expired. What is below isn’t kept up to date.'
        : this.getAttribute('stranger'),
    );
    this.hidden = !refused && !stranger;
  }
}

customElements.define('mr-sign-in', SignIn);
