import { el, keyed, say, set } from '../dom.js';
import { ago, count, money, moment, share } from '../format.js';

/** Money that goes back, against the money that came. */
class Refunds extends HTMLElement {
  #amount = el('data', { 'data-testid': 'refunds-total', value: 0 });
  #count = el('data', { 'data-testid': 'refunds-count', value: 0 });
  #words = el('p', { class: 'aside' });
  #list = el('ol', { class: 'lines' });

  connectedCallback() {
    this.append(
      el(
        'dl',
        { class: 'figures' },
        el('div', { class: 'figure' }, el('dt', {}, 'Given back'), el('dd', {}, this.#amount)),
        el('div', { class: 'figure' }, el('dt', {}, 'Refunds'), el('dd', {}, this.#count)),
      ),
      this.#words,
      this.#list,
    );
  }

  /** @param {import('../model/payments.js').Payments} payments */
  show(payments) {
    const { amount, currency } = payments.refunds.money.main;
    say(this.#amount, money(amount, currency));
    set(this.#amount, { value: amount.toFixed(2) });
    say(this.#count, count(payments.refunds.count));
    set(this.#count, { value: payments.refunds.count });
    say(this.#words, words(payments));
    keyed(this.#list, payments.latest, line, update);
  }
}

function words({ received, failed, refunds, since }) {
  if (since === undefined) {
    return 'No payments yet.';
  }
  const part = received.count > 0 ? ` (${share(refunds.count / received.count)} of them)` : '';
  return `Of ${count(received.count)} payments${part}; ${count(failed.count)} failed. Since ${moment(since)}.`;
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

function update(element, refund) {
  const [order, amount, reason, time] = element.children;
  say(order, refund.order || '–');
  say(amount, money(refund.amount, refund.currency));
  say(reason, refund.reason);
  say(time, ago(refund.at));
}

customElements.define('mr-refunds', Refunds);
