import { el, say, set } from '../dom.js';
import { clock, count, money } from '../format.js';

/** Revenue, orders, and what they are counted from. What isn't known is a dash. */
class SalesFigures extends HTMLElement {
  #revenue = el('data', { 'data-testid': 'revenue-total' });
  #orders = el('data', { 'data-testid': 'orders-count' });
  #average = el('data', { 'data-testid': 'average-order' });
  #others = el('p', { class: 'aside' });
  #basis = el('p', { class: 'aside', 'data-testid': 'sales-basis' });

  connectedCallback() {
    const figure = (name, value, kind = '') => el('div', { class: `figure ${kind}` }, el('dt', {}, name), el('dd', {}, value));
    this.append(
      el(
        'dl',
        { class: 'figures' },
        figure('Revenue', this.#revenue, 'first'),
        figure('Orders', this.#orders),
        figure('Average order', this.#average),
      ),
      this.#others,
      this.#basis,
    );
  }

  /** @param {ReturnType<import('../model/sales.js').sales>} sales */
  show({ currency, revenue, orders, average, others = [], words, since }) {
    say(this.#revenue, money(revenue, currency));
    set(this.#revenue, { value: revenue?.toFixed(2) });
    say(this.#orders, orders === undefined ? '–' : count(orders));
    set(this.#orders, { value: orders });
    say(this.#average, money(average, currency));
    set(this.#average, { value: average?.toFixed(2) });

    const besides = others.map((sum) => money(sum.amount, sum.currency)).join(', ');
    say(this.#others, besides === '' ? '' : `and ${besides}, which the chart leaves out`);
    say(this.#basis, since === undefined ? words : `${words} As of ${clock(since)}; they can’t be read now.`);
  }
}

customElements.define('mr-sales-figures', SalesFigures);
