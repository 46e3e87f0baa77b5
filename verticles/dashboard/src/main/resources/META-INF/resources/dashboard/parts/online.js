import { el, keyed, say, set } from '../dom.js';
import { ago, clock, count } from '../format.js';

const SHOWN = 6;

/** Who is there now, the latest first. */
class OnlineList extends HTMLElement {
  #count = el('data', { 'data-testid': 'online-count', value: 0 });
  #list = el('ul', { class: 'lines', 'data-testid': 'online-list' });
  #words = el('p', { class: 'aside' });

  connectedCallback() {
    const figure = el('div', { class: 'figure' }, el('dt', {}, 'Customers'), el('dd', {}, this.#count));
    this.append(el('dl', { class: 'figures' }, figure), this.#list, this.#words);
  }

  /** @param {import('../model/online.js').Online} online */
  show(online) {
    const people = [...online.people.values()].sort((a, b) => b.since - a.since);
    say(this.#count, count(people.length));
    set(this.#count, { value: people.length });
    keyed(this.#list, people.slice(0, SHOWN), line, update);
    const more = people.length > SHOWN ? `and ${count(people.length - SHOWN)} more` : '';
    const since = online.known ? '' : `Who came since this page was opened at ${clock(online.since)}.`;
    say(this.#words, [more, since].filter(Boolean).join('. '));
  }
}

function line() {
  return el('li', {}, el('span', { class: 'name' }), el('time', { class: 'aside' }));
}

function update(element, person) {
  const [name, time] = element.children;
  say(name, person.connections > 1 ? `${person.name} · ${person.connections} connections` : person.name);
  say(time, ago(person.since));
}

customElements.define('mr-online', OnlineList);
