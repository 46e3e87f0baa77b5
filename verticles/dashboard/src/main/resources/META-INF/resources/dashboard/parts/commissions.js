import { el, keyed, say } from '../dom.js';
import { money } from '../format.js';

/** What each agent has earned, as it grows. */
class Commissions extends HTMLElement {
  #list = el('ol', { class: 'lines', 'data-testid': 'commissions' });
  #none = el('p', { class: 'aside' });

  connectedCallback() {
    this.append(this.#list, this.#none);
  }

  /** @param {import('../model/betting.js').Books} books */
  show({ commissions }) {
    keyed(this.#list, commissions, () => el('li', {}, el('span', { class: 'name' }), el('span', { class: 'value' })), (line, agent) => {
      say(line.firstChild, agent.key);
      say(line.lastChild, money(agent.total, ''));
    });
    say(this.#none, commissions.length > 0 ? '' : 'No wager has been settled yet.');
  }
}

customElements.define('mr-commissions', Commissions);
