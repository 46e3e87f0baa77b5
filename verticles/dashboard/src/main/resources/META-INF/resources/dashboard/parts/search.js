import { el, say } from '../dom.js';

/** Finds an order by its id, or else the orders of a customer. */
class Search extends HTMLElement {
  #what = el('input', {
    id: 'search',
    type: 'search',
    maxlength: 128,
    autocomplete: 'off',
    placeholder: 'order, or customer',
    'data-testid': 'search',
  });
  #words = el('span', { role: 'status', 'data-testid': 'search-result' });
  #order;
  #customer;

  connectedCallback() {
    const form = el('form', { role: 'search' }, el('label', { for: 'search' }, 'Find'), this.#what, el('button', { class: 'plain' }, 'Find'), this.#words);
    form.addEventListener('submit', (event) => {
      event.preventDefault();
      this.#find(this.#what.value.trim());
    });
    this.append(form);
  }

  /**
   * @param {(id: string) => Promise<boolean>} order shows the order of that id, if there is one
   * @param {(customer: string) => void} customer shows the orders of that customer alone
   */
  begin(order, customer) {
    this.#order = order;
    this.#customer = customer;
  }

  async #find(what) {
    say(this.#words, '');
    if (what === '') {
      this.#customer('');
      return;
    }
    const found = await this.#order(what).catch(() => undefined);
    if (found === undefined) {
      say(this.#words, 'Orders can’t be read now; try again.');
    } else if (!found) {
      say(this.#words, 'No order of that name; below are those of customers whose id it is, or whose name begins so.');
      this.#customer(what);
    }
  }
}

customElements.define('mr-search', Search);
