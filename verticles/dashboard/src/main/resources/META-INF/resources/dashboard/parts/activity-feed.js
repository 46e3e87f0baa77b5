import { el, keyed, say, set } from '../dom.js';
import { ago, money } from '../format.js';

const SIGNS = { slip: '✎', pen: '↻', flag: '⚑', cross: '✕', in: '↓', out: '↑' };

/** What customers do and what happens to it, one line each. */
class ActivityFeed extends HTMLElement {
  #list = el('ol', { class: 'lines', 'data-testid': 'activities' });
  #none = el('p', { class: 'aside' });

  connectedCallback() {
    this.append(el('div', { class: 'scroll', tabindex: 0, role: 'region', 'aria-label': 'Activity' }, this.#list), this.#none);
  }

  /** @param {import('../model/betting.js').Books} books */
  show(books) {
    const { activities } = books;
    keyed(this.#list, activities, line, (element, activity) => update(element, activity, books));
    say(this.#none, activities.length > 0 ? '' : 'Nothing has happened yet.');
  }
}

function line() {
  return el(
    'li',
    { 'data-testid': 'activity' },
    el('span', { class: 'name' }, el('span', { class: 'sign', 'aria-hidden': 'true' }), el('span')),
    el('span', { class: 'value' }),
    el('span', { class: 'aside' }),
    el('time', { class: 'aside' }),
  );
}

function update(element, { who, action, icon, amount, at }, books) {
  const [name, value, person, time] = element.children;
  say(name.firstChild, SIGNS[icon] ?? '·');
  set(name.firstChild, { 'data-icon': icon });
  say(name.lastChild, action);
  say(value, amount === undefined ? '' : money(amount, ''));
  say(person, books.name(who));
  say(time, ago(at));
}

customElements.define('mr-activity-feed', ActivityFeed);
