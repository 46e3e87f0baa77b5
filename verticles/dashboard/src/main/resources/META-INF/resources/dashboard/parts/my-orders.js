import { el, keyed, say, set } from '../dom.js';
import { ago, at, count, money, number } from '../format.js';
import { WAY } from '../model/order-way.js';

/** So many lines are named; the rest is counted. */
const LINES = 3;

/** A customer's orders: how far each is on its way, and what was paid and given back for it. */
class MyOrders extends HTMLElement {
  #list = el('ol', { class: 'mine', 'data-testid': 'my-orders' });
  #none = el('p', { class: 'aside' }, 'You haven’t ordered anything yet.');

  connectedCallback() {
    this.append(this.#list, this.#none);
  }

  /**
   * @param {object[]} orders of {@link import('../model/account.js').MyOrders}
   * @param {import('../model/zone.js').Zone} zone
   */
  show(orders, zone) {
    keyed(this.#list, orders, create, (element, order) => update(element, order, zone));
    this.#none.hidden = orders.length > 0;
  }
}

function create({ id }) {
  const open = el('button', { type: 'button', class: 'quiet', 'data-testid': 'my-order-open' }, 'Details');
  const element = el(
    'li',
    { 'data-testid': 'my-order' },
    el('p', { class: 'head' }, el('bdi', { class: 'id' }), el('time', { class: 'aside' }), el('data', { class: 'total' })),
    el('ul', { class: 'what aside' }),
    el('ol', { class: 'way', 'data-testid': 'my-order-way' }, ...WAY.map(() => el('li'))),
    el('ul', { class: 'lines', 'data-testid': 'my-order-payments' }),
    open,
  );
  open.addEventListener('click', () => element.dispatchEvent(new CustomEvent('open-order', { bubbles: true, detail: id })));
  return element;
}

function update(element, order, zone) {
  const [head, what, steps, payments] = element.children;
  const [id, time, total] = head.children;
  say(id, order.id);
  say(time, ago(order.at, zone));
  say(total, money(order.total, order.currency));
  set(total, { value: order.total });
  const named = order.lines.slice(0, LINES).map((line) => (line.quantity === undefined ? line.name : `${number(line.quantity)} × ${line.name}`));
  const more = order.lines.length > LINES ? [`${count(order.lines.length - LINES)} more`] : [];
  const all = [...named, ...more].map((words, key) => ({ key, words }));
  keyed(what, all, () => el('li'), (line, { words }) => say(line, words));
  walk(steps, order);
  keyed(payments, order.payments, payment, (row, paid) => updatePayment(row, paid, order.currency, zone));
}

/** What wasn't reached isn't promised where the order ended otherwise: there stands how. */
function walk(steps, { status, reached, ended }) {
  set(steps, { 'data-tone': ended ? 'bad' : undefined, 'aria-label': `${status || 'ordered'}` });
  [...steps.children].forEach((step, i) => {
    const end = ended && i === Math.min(reached + 1, WAY.length - 1);
    say(step, end ? status : WAY[i]);
    step.hidden = ended && i > reached + 1;
    set(step, { 'data-done': String(i <= reached || end), 'aria-current': (ended ? end : i === reached) ? 'step' : undefined });
  });
}

function payment() {
  return el('li', {}, el('bdi', { class: 'name status' }), el('data', { class: 'value' }), el('bdi', { class: 'aside' }), el('time', { class: 'aside' }));
}

function updatePayment(row, paid, currency, zone) {
  const [words, amount, by, time] = row.children;
  say(words, paid.words);
  set(words, { 'data-tone': paid.tone });
  say(amount, money(paid.amount, paid.currency || currency));
  set(amount, { value: paid.amount });
  say(by, paid.by);
  say(time, at(paid.at, zone));
}

customElements.define('mr-my-orders', MyOrders);
