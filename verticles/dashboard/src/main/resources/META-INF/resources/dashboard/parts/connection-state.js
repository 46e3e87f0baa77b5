import { el, say } from '../dom.js';

/** What the state means for whoever reads the numbers. */
const MEANING = {
  connecting: 'Opening the connection.',
  live: 'What you see is what has happened.',
  'catching up': 'Fetching what happened while the connection was away.',
  offline: 'The numbers stand as they were when the connection was lost.',
  'signed out': 'The server no longer accepts your token.',
  closed: 'The server ended the connection for good; reload the page to try again.',
};

/**
 * The connection in words. The chip counts the seconds for the eye; the hidden status speaks only when the state
 * itself changes, since nobody wants a countdown read out.
 */
class ConnectionState extends HTMLElement {
  #chip = el('span', { class: 'chip', 'data-testid': 'connection-state', 'aria-hidden': 'true' }, 'connecting');
  #spoken = el('span', { class: 'unseen', role: 'status', 'aria-live': 'polite' });

  connectedCallback() {
    this.append(this.#chip, this.#spoken);
  }

  show(state) {
    const because = state.name === 'closed' && state.why?.message ? `: ${state.why.message}` : '';
    say(this.#chip, state.text + because);
    this.#chip.dataset.state = state.name;
    this.#chip.title = MEANING[state.name];
    say(this.#spoken, `Connection: ${state.name}. ${MEANING[state.name]}`);
  }
}

customElements.define('mr-connection-state', ConnectionState);
