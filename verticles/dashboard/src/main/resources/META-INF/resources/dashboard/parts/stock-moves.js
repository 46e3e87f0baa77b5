import { el, keyed, say, set, svg } from '../dom.js';
import { clock, count } from '../format.js';

const WIDTH = 240;
const HEIGHT = 56;

/** How fast stock moves: the last minute, second by second; in above the line, out below it. */
class StockMoves extends HTMLElement {
  #perMinute = el('data', { 'data-testid': 'moves-rate', value: 0 });
  #units = el('data');
  #in = svg('path', { class: 'in' });
  #out = svg('path', { class: 'out' });
  #picture = svg(
    'svg',
    { viewBox: `0 0 ${WIDTH} ${HEIGHT}`, preserveAspectRatio: 'none', role: 'img', class: 'pulse' },
    svg('line', { x1: 0, x2: WIDTH, y1: HEIGHT / 2, y2: HEIGHT / 2 }),
    this.#in,
    this.#out,
  );
  #list = el('ul', { class: 'lines reasons' });
  #words = el('p', { class: 'aside' });

  connectedCallback() {
    this.append(
      el(
        'dl',
        { class: 'figures' },
        el('div', { class: 'figure' }, el('dt', {}, 'Moves a minute'), el('dd', {}, this.#perMinute)),
        el('div', { class: 'figure' }, el('dt', {}, 'Units in, out'), el('dd', {}, this.#units)),
      ),
      this.#picture,
      this.#words,
      this.#list,
    );
  }

  /** @param {import('../model/stock.js').Stock} stock */
  show(stock) {
    const seconds = stock.lastMinute();
    const sum = (what) => seconds.reduce((total, s) => total + s[what], 0);
    const [moves, inn, out] = [sum('moves'), sum('inn'), sum('out')];
    say(this.#perMinute, count(moves));
    set(this.#perMinute, { value: moves });
    say(this.#units, `+${count(inn)} −${count(out)}`);
    set(this.#picture, { 'aria-label': `In the last minute ${inn} units came in and ${out} went out.` });

    const most = Math.max(1, ...seconds.map((s) => Math.max(s.inn, s.out)));
    set(this.#in, { d: bars(seconds.map((s) => -s.inn / most)) });
    set(this.#out, { d: bars(seconds.map((s) => s.out / most)) });
    const reasons = [...stock.reasons].map(([key, r]) => ({ key, ...r })).sort((a, b) => b.moves - a.moves);
    keyed(this.#list, reasons, line, update);
    set(this.#picture, { hidden: stock.moves === 0 });
    const since = `The last 60 seconds; by reason since this page was opened at ${clock(stock.since)}.`;
    say(this.#words, stock.moves > 0 ? since : 'No stock has moved yet.');
  }
}

function bars(heights) {
  const step = WIDTH / heights.length;
  const middle = HEIGHT / 2;
  const bar = (x, height) => `M${x.toFixed(1)} ${middle}v${height.toFixed(1)}h${step - 1}V${middle}z`;
  return heights.map((h, i) => (h === 0 ? '' : bar(i * step + 0.5, h * (middle - 1)))).join('');
}

function line() {
  return el('li', {}, el('span', { class: 'name' }), el('span', { class: 'value' }));
}

function update(element, { key, moves, units }) {
  const [name, value] = element.children;
  say(name, key);
  const sign = units > 0 ? '+' : units < 0 ? '−' : '';
  say(value, `${count(moves)} ${moves === 1 ? 'move' : 'moves'} · ${sign}${count(Math.abs(units))}`);
}

customElements.define('mr-stock-moves', StockMoves);
