import { el, say, set } from '../dom.js';
import { clock, count, money } from '../format.js';
import { counting } from '../kpis.js';
import { FIGURES, figureOf } from '../model/betting.js';

const PERIODS = { today: 'Today', week: 'Week', month: 'Month' };
const BEFORE = { today: 'yesterday', week: 'last week', month: 'last month' };
const WITHIN = { today: 'today', week: 'this week', month: 'this month' };

/** The four figures of the house with their change, over the period that the reader chooses. */
class BettingKpis extends HTMLElement {
  #period = 'today';
  #kpis;
  #words = el('p', { class: 'aside' });
  #buttons = Object.entries(PERIODS).map(([period, title]) => {
    const button = el('button', { type: 'button', class: 'plain', value: period, 'data-testid': `period-${period}` }, title);
    button.addEventListener('click', () => {
      this.#period = period;
      this.show(this.#kpis);
    });
    return button;
  });
  #figures = FIGURES.map(({ kpi, title }) =>
    el(
      'dl',
      { class: 'figure', 'data-testid': kpi },
      el('dt', {}, title),
      el('dd', { 'data-testid': `${kpi}-value` }, '–'),
      el('dd', { class: 'change', 'data-testid': `${kpi}-change` }),
    ),
  );

  connectedCallback() {
    this.append(
      el('p', { class: 'buttons periods', role: 'group', 'aria-label': 'Period' }, ...this.#buttons),
      el('div', { class: 'figures' }, ...this.#figures),
      this.#words,
    );
  }

  /** @param {import('../kpis.js').Kpis} kpis */
  show(kpis) {
    this.#kpis = kpis;
    this.#buttons.forEach((b) => set(b, { 'aria-pressed': String(b.value === this.#period) }));
    FIGURES.forEach((figure, i) => {
      const { value, change } = figureOf(figure, kpis.get(figure.kpi), this.#period);
      const [, shown, moved] = this.#figures[i].children;
      const words = (n) => (n === undefined ? '–' : figure.money ? money(n, '') : count(n));
      say(shown, words(value));
      say(moved, change === undefined ? '' : `${signed(change, words)} ${this.#against(figure, change)}`);
      set(moved, { 'data-tone': tone(figure, change) });
    });
    const stale = kpis.stale && kpis.at !== undefined ? `As of ${clock(kpis.at)}.` : '';
    say(this.#words, [counting(kpis.all), stale].filter(Boolean).join(' '));
  }

  #against({ stock }, change) {
    return stock ? WITHIN[this.#period] : change === 0 ? `as ${BEFORE[this.#period]}` : `on ${BEFORE[this.#period]}`;
  }
}

const signed = (n, words) => (n > 0 ? '+' : n < 0 ? '−' : '±') + words(Math.abs(n));

/** More revenue and players are good news, a liability is neither. */
const tone = ({ stock }, change) => (stock || !change ? undefined : change > 0 ? 'good' : 'bad');

customElements.define('mr-betting-kpis', BettingKpis);
