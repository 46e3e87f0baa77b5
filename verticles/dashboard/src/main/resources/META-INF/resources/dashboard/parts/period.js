import { el, keyed, say, set } from '../dom.js';
import { change, clock, count, money, share } from '../format.js';
import { counting } from '../kpis.js';
import { period, PERIODS } from '../model/period.js';

const KEPT = 'millrace.period';

/** A day, a week or a month of the shop, beside the one before. */
class Period extends HTMLElement {
  #figures = el('dl', { class: 'figures', 'data-testid': 'period-figures' });
  #basis = el('p', { class: 'aside', 'data-testid': 'period-basis' });
  #buttons = Object.entries(PERIODS).map(([name, { title }]) =>
    el('button', { type: 'button', class: 'plain', value: name, 'data-testid': `period-${name}` }, title),
  );
  #chosen = sessionStorage.getItem(KEPT);
  #shown = () => {};

  connectedCallback() {
    this.#chosen = this.#chosen in PERIODS ? this.#chosen : 'today';
    this.#buttons.forEach((button) => button.addEventListener('click', () => this.#choose(button.value)));
    this.append(el('div', { class: 'buttons', role: 'group', 'aria-label': 'Period' }, ...this.#buttons), this.#figures, this.#basis);
  }

  #choose(name) {
    this.#chosen = name;
    sessionStorage.setItem(KEPT, name);
    this.#shown();
  }

  /**
   * @param {import('../kpis.js').Kpis} kpis
   * @param {string} currency
   */
  show(kpis, currency) {
    this.#shown = () => this.show(kpis, currency);
    const { figures, words } = period(kpis, this.#chosen);
    this.#buttons.forEach((button) => set(button, { 'aria-pressed': String(button.value === this.#chosen) }));
    keyed(this.#figures, figures, create, (element, figure) => update(element, figure, currency));
    const stale = kpis.stale && kpis.at !== undefined ? `As of ${clock(kpis.at)}; they can’t be read now.` : '';
    say(this.#basis, [words, counting(kpis.all), stale].filter(Boolean).join(' '));
  }
}

function create({ key, words }) {
  return el(
    'div',
    { class: 'figure' },
    el('dt', {}, words),
    el('dd', {}, el('data', { 'data-testid': `period-${key}` })),
    el('dd', { class: 'aside' }, 'before ', el('data', { 'data-testid': `period-${key}-before` })),
    el('dd', { class: 'aside change', 'data-testid': `period-${key}-change` }),
  );
}

function update(element, { kind, value, before, change: by }, currency) {
  const [, now, then, moved] = element.children;
  const written = (n) => (n === undefined ? '–' : { money: (m) => money(m, currency), count, share }[kind](n));
  say(now.firstChild, written(value));
  set(now.firstChild, { value });
  say(then.lastChild, written(before));
  set(then.lastChild, { value: before });
  say(moved, change(by, before, kind, currency));
  set(moved, { 'data-tone': by > 0 ? 'good' : by < 0 ? 'bad' : undefined });
}

customElements.define('mr-period', Period);
