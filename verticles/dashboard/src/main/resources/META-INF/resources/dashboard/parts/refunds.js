import { el, keyed, say, set } from '../dom.js';
import { ago, count, money } from '../format.js';

/** Money that goes back: what it comes to, where the reader may know, and the latest. */
class Refunds extends HTMLElement {
  #amount = el('data', { 'data-testid': 'refunds-total' }, '–');
  #count = el('data', { 'data-testid': 'refunds-count' }, '–');
  #figures = el(
    'dl',
    { class: 'figures', hidden: true },
    el('div', { class: 'figure' }, el('dt', {}, 'Given back'), el('dd', {}, this.#amount)),
    el('div', { class: 'figure' }, el('dt', {}, 'Refunds'), el('dd', {}, this.#count)),
  );
  #list = el('ol', { class: 'lines' });
  #none = el('p', { class: 'aside' }, 'Nothing has been given back.');

  connectedCallback() {
    this.append(this.#figures, this.#list, this.#none);
  }

  /**
   * @param {import('../model/payments.js').Payments} payments
   * @param {{value: number | null, count: number | null} | undefined} kpi all refunds, if the reader may know; null until that is known
   * @param {import('../model/zone.js').Zone} zone whose clocks tell the time
   */
  show(payments, kpi, zone) {
    this.#figures.hidden = kpi === undefined;
    if (kpi !== undefined) {
      const [currency] = payments.currencies.size === 1 ? payments.currencies : [''];
      say(this.#amount, money(kpi.value ?? undefined, currency));
      set(this.#amount, { value: kpi.value?.toFixed(2) });
      say(this.#count, kpi.count === null ? '–' : count(kpi.count));
      set(this.#count, { value: kpi.count ?? undefined });
    }
    keyed(this.#list, payments.latest, line, (element, refund) => update(element, refund, zone));
    this.#none.hidden = payments.latest.length > 0;
  }
}

function line() {
  return el(
    'li',
    {},
    el('span', { class: 'name' }),
    el('data', { class: 'value' }),
    el('span', { class: 'aside' }),
    el('time', { class: 'aside' }),
  );
}

function update(element, refund, zone) {
  const [order, amount, reason, time] = element.children;
  say(order, refund.order || '–');
  say(amount, money(refund.amount, refund.currency));
  say(reason, refund.reason);
  say(time, ago(refund.at, zone));
}

customElements.define('mr-refunds', Refunds);
