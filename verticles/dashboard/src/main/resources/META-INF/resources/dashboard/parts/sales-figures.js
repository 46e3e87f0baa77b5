import { el, say, set } from '../dom.js';
import { count, moment, money } from '../format.js';

/** From here on the pennies are noise on a wall. */
const LARGE = 100_000;

/** Revenue, orders, and what they are counted from. */
class SalesFigures extends HTMLElement {
  #revenue = el('data', { 'data-testid': 'revenue-total', value: 0 });
  #orders = el('data', { 'data-testid': 'orders-count', value: 0 });
  #average = el('data', { value: 0 });
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

  /** @param {import('../model/orders.js').Orders} orders */
  show(orders) {
    const { currency, amount, count: paid } = orders.revenue.main;
    const average = paid === 0 ? 0 : amount / paid;
    say(this.#revenue, money(amount, currency, Math.abs(amount) < LARGE ? 'exact' : 'round'));
    set(this.#revenue, { value: amount.toFixed(2) });
    say(this.#orders, count(orders.count));
    set(this.#orders, { value: orders.count });
    say(this.#average, paid === 0 ? '–' : money(average, currency));
    set(this.#average, { value: average.toFixed(2) });

    const others = orders.revenue.sums.slice(1).map((sum) => money(sum.amount, sum.currency));
    say(this.#others, others.length === 0 ? '' : `and ${others.join(', ')}, which the chart leaves out`);
    say(this.#basis, basis(orders));
  }
}

/** What the figures stand for, in words: a page that was just opened knows a part of the past. */
function basis({ past, live, since }) {
  if (past + live === 0) {
    return 'Nothing has been ordered yet.';
  }
  const of = [past > 0 && `the last ${count(past)} order events`, live > 0 && `${count(live)} since this page was opened`];
  return `Counted from ${of.filter(Boolean).join(' and ')}; the oldest is of ${moment(since)}.`;
}

customElements.define('mr-sales-figures', SalesFigures);
