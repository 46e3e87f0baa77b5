import { el, say } from '../dom.js';

let forms = 0;

/**
 * For whoever isn't signed in, or won't be for long: what that means (`stranger`), and the way in: a token (`command`), or
 * the page of the provider. It never covers what there is to see.
 */
class SignIn extends HTMLElement {
  #why = el('p', { 'data-testid': 'sign-in-why' });
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
  #elsewhere = el('button', { type: 'button', 'data-testid': 'sign-in-elsewhere', hidden: true }, 'Sign in');
  #session;
  #pasted;

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
    this.#elsewhere.addEventListener('click', () => this.#session.signIn());
    const how = el('p', {}, 'Run ', el('code', {}, this.getAttribute('command')), ' and paste what it prints.');
    this.setAttribute('role', 'region');
    this.setAttribute('aria-label', 'Sign in');
    this.append(this.#why, this.#elsewhere, how, form);
    this.#pasted = [how, form];
  }

  show(client, session) {
    this.#session = session;
    const refused = client.state.name === 'signed out';
    const stranger = session.token === undefined && client.identity !== undefined;
    say(this.#why, session.problem || (refused ? refusal(client, session) : this.getAttribute('stranger')));
    this.#elsewhere.hidden = !session.elsewhere;
    this.#pasted.forEach((part) => (part.hidden = session.elsewhere));
    this.hidden = !refused && !stranger && session.problem === '';
  }
}

function refusal(client, session) {
  const why = client.state.why?.message;
  return session.elsewhere && why
    ? `The server doesn’t accept your sign-in: ${why}.`
    : 'Your token is no longer accepted; it may have expired. What is below isn’t kept up to date.';
}

customElements.define('mr-sign-in', SignIn);
