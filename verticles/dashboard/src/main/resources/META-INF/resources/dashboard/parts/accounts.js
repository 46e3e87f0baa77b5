import { el, keyed, say } from '../dom.js';
import { money } from '../format.js';

/** What each customer's account holds. */
class Accounts extends HTMLElement {
  #list = el('ol', { class: 'lines', 'data-testid': 'accounts' });
  #none = el('p', { class: 'aside' });

  connectedCallback() {
    this.append(el('div', { class: 'scroll', tabindex: 0, role: 'region', 'aria-label': 'Accounts' }, this.#list), this.#none);
  }

  /** @param {import('../model/betting.js').Books} books */
  show({ accounts }) {
    keyed(this.#list, accounts, () => el('li', {}, el('span', { class: 'name' }), el('span', { class: 'value' })), (line, account) => {
      say(line.firstChild, account.name);
      say(line.lastChild, money(account.balance, ''));
    });
    say(this.#none, accounts.length > 0 ? '' : 'There is no account yet.');
  }
}

customElements.define('mr-accounts', Accounts);
