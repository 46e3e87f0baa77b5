import { el, keyed, say, set } from '../dom.js';
import { ago, clock, count } from '../format.js';

const WORDS = { out: 'sold out', critical: 'critical', low: 'low' };
const RANK = { out: 0, critical: 1, low: 2 };

/** Products that run out, the worst first, until they are filled up again. */
class StockAlerts extends HTMLElement {
  #list = el('ol', { class: 'lines', 'data-testid': 'stock-alerts' });
  #none = el('p', { class: 'aside' });

  connectedCallback() {
    this.append(
      el('div', { class: 'scroll', tabindex: 0, role: 'region', 'aria-label': 'Products that run out' }, this.#list),
      this.#none,
    );
  }

  /** @param {import('../model/stock.js').Stock} stock */
  show(stock) {
    const alerts = [...stock.alerts.values()].reverse().sort((a, b) => RANK[a.level] - RANK[b.level]);
    keyed(this.#list, alerts, line, update);
    say(this.#none, alerts.length > 0 ? '' : `Nothing has run short since this page was opened at ${clock(stock.since)}.`);
  }
}

function line() {
  return el(
    'li',
    { 'data-testid': 'stock-alert' },
    el('span', { class: 'name' }),
    el('span', { class: 'level' }),
    el('span', { class: 'aside' }),
    el('time', { class: 'aside' }),
  );
}

function update(element, alert) {
  const [name, level, left, time] = element.children;
  say(name, alert.name);
  say(level, WORDS[alert.level]);
  set(level, { 'data-level': alert.level });
  const of = alert.threshold === undefined ? '' : `, alarm at ${count(alert.threshold)}`;
  say(left, alert.left === undefined ? alert.sku : `${count(alert.left)} left${of}`);
  say(time, ago(alert.at));
}

customElements.define('mr-stock-alerts', StockAlerts);
