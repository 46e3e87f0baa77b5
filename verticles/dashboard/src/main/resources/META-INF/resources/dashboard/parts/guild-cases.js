import { el, keyed, say } from '../dom.js';
import { ago } from '../format.js';
import { text } from '../model/orders.js';

const SHOWN = 5;

/** Moderation, as far as this person may see it: all of it, or what is about them. */
class GuildCases extends HTMLElement {
  #alerts = el('ol', { class: 'lines alarm', 'data-testid': 'alerts' });
  #list = el('ol', { class: 'lines', 'data-testid': 'cases' });
  #none = el('p', { class: 'aside' });

  connectedCallback() {
    this.append(this.#alerts, this.#list, this.#none);
  }

  /** @param {import('../model/person.js').Person} person */
  show(person) {
    const cases = person.all('case').slice(0, SHOWN);
    keyed(this.#alerts, person.alerts, () => el('li', {}, el('span', { class: 'name' }), el('time', { class: 'aside' })), alarm);
    keyed(this.#list, cases.map((c) => ({ ...c, who: c.userId && person.name(c.userId) })), line, update);
    say(this.#none, cases.length + person.alerts.length > 0 ? '' : 'Nothing that you may see.');
  }
}

function alarm(element, alert) {
  const [words, time] = element.children;
  say(words, alert.words);
  say(time, ago(alert.at));
}

function line() {
  return el('li', { 'data-testid': 'case' }, el('span', { class: 'name' }), el('span', { class: 'value' }));
}

function update(element, { who, reason, messageId }) {
  const [what, about] = element.children;
  say(what, text(reason));
  say(about, who ?? (messageId === undefined ? '' : 'a message'));
}

customElements.define('mr-guild-cases', GuildCases);
