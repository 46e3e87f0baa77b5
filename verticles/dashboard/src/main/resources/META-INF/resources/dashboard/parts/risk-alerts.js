import { el, keyed, say } from '../dom.js';
import { ago, money } from '../format.js';

/** Customers and wagers that the house wants to know of, the newest first. */
class RiskAlerts extends HTMLElement {
  #list = el('ol', { class: 'lines alarm', 'data-testid': 'risk-alerts' });
  #none = el('p', { class: 'aside' });

  connectedCallback() {
    this.append(this.#list, this.#none);
  }

  /**
   * @param {import('../model/betting.js').Books} books
   * @param {boolean} all whether these are the books of all agents
   */
  show(books, all) {
    const { alerts } = books;
    keyed(this.#list, alerts, line, (element, alert) => update(element, alert, books));
    say(this.#none, alerts.length > 0 ? '' : all ? 'Nothing is above its limit.' : 'Of the agents who are shown, nothing is above its limit.');
  }
}

function line(alert) {
  return el(
    'li',
    { class: alert.past ? undefined : 'lit', 'data-testid': 'risk-alert' },
    el('span', { class: 'name' }),
    el('time', { class: 'aside' }),
    el('span', { class: 'aside' }),
  );
}

function update(element, alert, books) {
  const [what, time, why] = element.children;
  const sum = money(alert.amount, '');
  const who = books.name(alert.who);
  say(what, alert.rule === 'stakes' ? `${who} staked ${sum} in 5 minutes` : `A wager of ${who}’s may cost ${sum}`);
  say(time, ago(alert.at));
  say(why, `limit ${money(alert.limit, '')} · agent ${alert.agent}`);
}

customElements.define('mr-risk-alerts', RiskAlerts);
