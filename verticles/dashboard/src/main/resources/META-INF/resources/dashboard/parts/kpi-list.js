import { el, keyed, say, set } from '../dom.js';
import { bucket, moment, number } from '../format.js';
import { counting } from '../kpis.js';

const WORDS = { sum: 'sum', count: 'count', average: 'average', distinct: 'different', min: 'least', max: 'greatest' };

/** The KPIs of whatever pack: each with its total, and what it was in each period when one opens it. */
class KpiList extends HTMLElement {
  #list = el('div', { class: 'figures', 'data-testid': 'kpis' });
  #words = el('p', { class: 'aside' });
  #kpis;
  #opened;

  connectedCallback() {
    this.#rows = el('ol', { class: 'lines', 'data-testid': 'kpi-periods', hidden: true });
    this.append(this.#list, this.#words, this.#rows);
  }

  #rows;

  /** @param {import('../kpis.js').Kpis} kpis */
  show(kpis) {
    this.#kpis = kpis;
    const create = ({ key }) => {
      const button = el('button', { type: 'button', class: 'quiet' }, key);
      button.addEventListener('click', () => this.#open(key));
      const words = el('dd', { class: 'aside' });
      return el('dl', { class: 'figure', 'data-testid': 'kpi' }, el('dt', {}, button), el('dd', {}, el('data')), words);
    };
    keyed(this.#list, kpis.all.map((kpi) => ({ key: kpi.name, ...kpi })), create, (figure, kpi) => {
      const [name, value, words] = figure.children;
      name.firstChild.disabled = kpi.rollups.length === 0;
      set(name.firstChild, { 'aria-expanded': String(this.#opened === kpi.name) });
      set(value.firstChild, { value: kpi.value ?? undefined });
      say(value.firstChild, kpi.value === null ? '–' : number(kpi.value));
      say(words, [`${WORDS[kpi.function] ?? kpi.function} · ${kpi.type}`, counting([kpi])].filter(Boolean).join('. '));
    });
    say(this.#words, kpis.stale && kpis.at !== undefined ? `As of ${moment(kpis.at)}; they can’t be read now.` : '');
    this.#periods(kpis);
  }

  #open(name) {
    this.#opened = this.#opened === name ? undefined : name;
    if (this.#opened !== undefined) {
      this.#kpis.draw(name);
    }
    this.show(this.#kpis);
  }

  #periods(kpis) {
    const { by, rows = [] } = (this.#opened && kpis.periods(this.#opened)) ?? {};
    this.#rows.hidden = rows.length === 0;
    const items = rows.map((row) => ({ key: row.start, ...row })).reverse();
    keyed(this.#rows, items, () => el('li', {}, el('span', { class: 'name' }), el('span', { class: 'value' })), (line, row) => {
      say(line.firstChild, by === 'week' ? `week of ${bucket(row.start, by)}` : bucket(row.start, by));
      say(line.lastChild, row.value === null ? '–' : number(row.value));
    });
  }
}

customElements.define('mr-kpi-list', KpiList);
