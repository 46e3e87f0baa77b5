import { el, say } from '../dom.js';

/** For whoever isn't signed in: what that means, and the way in. It never covers what there is to see. */
class SignIn extends HTMLElement {
  #why = el('p');
  #token = el('input', {
    id: 'token',
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
      el('label', { for: 'token' }, 'Token'),
      this.#token,
      el('button', {}, 'Sign in'),
    );
    form.addEventListener('submit', (event) => {
      event.preventDefault();
      this.#session.signIn(this.#token.value);
    });
    const how = el('p', {}, 'Run ', el('code', {}, 'scripts/token --role admin --user you'), ' and paste what it prints.');
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
        : 'You are not signed in, so you see what everybody may see: the products.',
    );
    this.hidden = !refused && !stranger;
  }
}

customElements.define('mr-sign-in', SignIn);
