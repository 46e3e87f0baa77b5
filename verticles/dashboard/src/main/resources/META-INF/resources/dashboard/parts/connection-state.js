import { el, say } from '../dom.js';
import { count } from '../format.js';

/** What the state means for whoever reads the numbers. */
const MEANING = {
  connecting: 'Opening the connection.',
  live: 'What you see is what has happened.',
  'catching up': 'Fetching what has happened already.',
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

  /** As it is shown: nothing is live while events are known to be late. */
  state = 'connecting';

  /**
   * @param {import('/client/millrace.d.ts').State} state
   * @param {number} [late] events that are known to be there and haven't come
   */
  show(state, late = 0) {
    const behind = state.name === 'live' && late > 0 ? 'catching up' : undefined;
    const because = state.name === 'closed' && state.why?.message ? `: ${state.why.message}` : '';
    const far = late > 0 && (behind ?? state.name) === 'catching up' ? ` · ${count(late)} ${late === 1 ? 'event' : 'events'} behind` : '';
    this.state = behind ?? state.name;
    say(this.#chip, (behind ?? state.text) + because + far);
    this.#chip.dataset.state = this.state;
    this.#chip.title = MEANING[this.state];
    say(this.#spoken, `Connection: ${this.state}. ${MEANING[this.state]}`);
  }
}

customElements.define('mr-connection-state', ConnectionState);
