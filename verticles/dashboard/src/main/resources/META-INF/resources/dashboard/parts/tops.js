import { el, keyed, say, set } from '../dom.js';
import { count, money, number } from '../format.js';

const SHOWN = 5;
const LISTS = { products: 'Products', customers: 'Customers' };
const BY = { revenue: 'by revenue', quantity: 'by quantity' };

/** What sells and who buys, of the orders that this page has. */
class Tops extends HTMLElement {
  #by = 'revenue';
  #basis = el('p', { class: 'aside', 'data-testid': 'tops-basis' });
  #buttons = Object.entries(BY).map(([by, words]) =>
    el('button', { type: 'button', class: 'plain', value: by, 'data-testid': `tops-by-${by}` }, words),
  );
  #lists = Object.entries(LISTS).map(([key, words]) => {
    const list = el('ol', { class: 'lines', 'data-testid': `top-${key}` });
    return { key, list, element: el('div', {}, el('h3', {}, words), list, el('p', { class: 'aside' }, 'None is known by name.')) };
  });
  #shown = () => {};

  connectedCallback() {
    this.#buttons.forEach((button) =>
      button.addEventListener('click', () => {
        this.#by = button.value;
        this.#shown();
      }),
    );
    this.append(
      el('div', { class: 'buttons', role: 'group', 'aria-label': 'Ranked' }, ...this.#buttons),
      el('div', { class: 'two' }, ...this.#lists.map(({ element }) => element)),
      this.#basis,
    );
  }

  /** @param {import('../follow.js').Follow} follow of the orders */
  show(follow) {
    this.#shown = () => this.show(follow);
    const { tops, count: orders, revenue } = follow.model;
    const { currency } = revenue.main;
    this.#buttons.forEach((button) => set(button, { 'aria-pressed': String(button.value === this.#by) }));
    for (const { key, list, element } of this.#lists) {
      const rows = tops.first(key, this.#by, currency, SHOWN);
      keyed(list, rows, create, (line, row) => update(line, row, currency, this.#by));
      element.lastChild.hidden = rows.length > 0;
    }
    const left = tops.left('products') + tops.left('customers');
    say(this.#basis, basis(follow, orders, revenue.sums.length > 1 ? currency : undefined) + (left > 0 ? ' There are more different ones than are kept apart.' : ''));
  }
}

function basis({ filtered, complete }, orders, currency) {
  const those = `${count(orders)} ${orders === 1 ? 'order' : 'orders'}`;
  const which = !filtered
    ? `Of the latest ${those}, which this page has`
    : complete
      ? `Of the ${those} that pass`
      : `Of the ${those} that pass and have come so far`;
  return `${which}${currency === undefined ? '' : `, and of those in ${currency || 'no currency'} alone`}.`;
}

function create() {
  return el('li', {}, el('bdi', { class: 'name' }), el('data', { class: 'value' }), el('span', { class: 'aside' }));
}

function update(line, row, currency, by) {
  const [name, value, besides] = line.children;
  const [sold, pieces] = [money(row.revenue, currency), `${number(row.quantity)} ${row.quantity === 1 ? 'item' : 'items'}`];
  say(name, row.name);
  say(value, by === 'revenue' ? sold : pieces);
  set(value, { value: by === 'revenue' ? row.revenue.toFixed(2) : row.quantity });
  say(besides, by === 'revenue' ? pieces : sold);
}

customElements.define('mr-tops', Tops);
