import { el, say } from '../dom.js';
import { refusal } from '../model/order.js';

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
  /** Goes up with each search, so that an answer that comes too late changes nothing. */
  #round = 0;

  connectedCallback() {
    const form = el('form', { role: 'search' }, el('label', { for: 'search' }, 'Find'), this.#what, el('button', { class: 'plain' }, 'Find'), this.#words);
    form.addEventListener('submit', (event) => {
      event.preventDefault();
      this.#find(this.#what.value.trim());
    });
    this.append(form);
  }

  /**
   * @param {(id: string, wanted: () => boolean) => Promise<boolean>} order shows the order of that id, if there is one and it is
   *     still wanted; fails with an error that says why that can't be told
   * @param {(customer: string) => void} customer shows the orders of that customer alone
   */
  begin(order, customer) {
    this.#order = order;
    this.#customer = customer;
  }

  async #find(what) {
    const round = ++this.#round;
    const wanted = () => round === this.#round;
    say(this.#words, '');
    if (what === '') {
      this.#customer('');
      return;
    }
    let [found, why] = [false, ''];
    try {
      found = await this.#order(what, wanted);
    } catch (e) {
      why = refusal(e.status);
    }
    if (!wanted()) {
      return;
    }
    say(this.#words, why);
    if (!found && why === '') {
      say(this.#words, 'No order of that name; below are those of customers whose id it is, or whose name begins so.');
      this.#customer(what);
    }
  }
}

customElements.define('mr-search', Search);
