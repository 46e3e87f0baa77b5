import { el, say, set, svg } from '../dom.js';
import { bucket, count, money } from '../format.js';
import { bars, scale, ticksBelow, ticksLeft } from './plot.js';

/** Space for the labels, and between the two plots, in px. */
const LEFT = 58;
const RIGHT = 8;
const TOP = 10;
const BELOW = 24;
const BETWEEN = 14;
/** A handful of buckets is drawn as if there were so many, with the room to come left free. */
const FEWEST = 24;
const FEWEST_MONTHS = 12;
/** The part of the height that the money gets; the counts get the rest. */
const MONEY_SHARE = 0.72;

/**
 * Revenue over orders, by the time of the events. Two plots that share one axis, since money and counts share no scale.
 * The arrow keys or the pointer move a cursor; the line above the chart tells that bucket's numbers.
 */
class SalesChart extends HTMLElement {
  #readout = el('output', { class: 'readout' });
  #money = svg('path', { class: 'money' });
  #count = svg('path', { class: 'count' });
  #open = svg('path', { class: 'open' });
  #marks = svg('g', { class: 'marks' });
  #cursor = svg('rect', { class: 'cursor', visibility: 'hidden' });
  #canvas = svg('svg', { role: 'img', tabindex: 0 }, this.#cursor, this.#marks, this.#money, this.#count, this.#open);
  #size = { width: 0, height: 0 };
  #sales;
  #buckets = [];
  #slot = 1;
  /** The bucket under the cursor, by its start, so that it stays the same one while others are added. */
  #chosen;

  connectedCallback() {
    this.append(el('div', { class: 'legend' }, this.#readout), this.#canvas);
    new ResizeObserver(([{ contentRect }]) => {
      this.#size = { width: Math.round(contentRect.width), height: Math.round(contentRect.height) };
      this.#draw();
    }).observe(this.#canvas);
    this.#canvas.addEventListener('pointermove', (event) => this.#point(event));
    this.#canvas.addEventListener('pointerleave', () => this.#choose(undefined));
    this.#canvas.addEventListener('keydown', (event) => this.#key(event));
    this.#canvas.addEventListener('blur', () => this.#choose(undefined));
  }

  /** @param {ReturnType<import('../model/sales.js').sales>} sales */
  show(sales) {
    this.#sales = sales;
    this.#buckets = sales.buckets;
    this.#draw();
  }

  #draw() {
    const { width, height } = this.#size;
    if (this.#sales === undefined || width <= LEFT + RIGHT || height < 60) {
      return;
    }
    const { unit, currency, zone } = this.#sales;
    this.#slot = (width - LEFT - RIGHT) / Math.max(this.#buckets.length, unit === 'month' ? FEWEST_MONTHS : FEWEST);
    const room = height - TOP - BELOW - BETWEEN;
    const amounts = scale(this.#buckets.map((b) => b.amount), TOP, room * MONEY_SHARE);
    const counts = scale(this.#buckets.map((b) => b.count), TOP + room * MONEY_SHARE + BETWEEN, room * (1 - MONEY_SHARE));

    set(this.#canvas, { viewBox: `0 0 ${width} ${height}`, 'aria-label': this.#summary(unit, currency, zone) });
    // The newest bucket is still filling; drawn like the others it would look like a fall.
    const done = Math.max(0, this.#buckets.length - 1);
    const path = (what, plot, from, to) => bars(this.#buckets.map((b) => b[what]), plot, LEFT, this.#slot, from, to);
    set(this.#money, { d: path('amount', amounts, 0, done) });
    set(this.#count, { d: path('count', counts, 0, done) });
    set(this.#open, { d: path('amount', amounts, done, done + 1) + path('count', counts, done, done + 1) });
    this.#marks.replaceChildren(
      ...ticksLeft(amounts, { most: 3, whole: false }, LEFT, width - RIGHT, (v) => money(v, currency, 'short')),
      ...ticksLeft(counts, { most: 1, whole: true }, LEFT, width - RIGHT, count),
      ...ticksBelow(this.#buckets, unit, LEFT, this.#slot, width - RIGHT, height - 7, (b, u) => bucket(b.start, u, true)),
    );
    this.#show();
  }

  #summary(unit, currency, zone) {
    if (this.#buckets.length === 0) {
      return 'Revenue and orders over time: nothing to draw yet.';
    }
    const [first, last] = [this.#buckets[0], this.#buckets.at(-1)];
    const best = this.#buckets.reduce((a, b) => (b.amount > a.amount ? b : a));
    return (
      `Revenue and orders by ${unit}, from ${bucket(first.start, unit, false, zone)} to ${bucket(last.start, unit, false, zone)}. ` +
      `Most: ${money(best.amount, currency)} in ${bucket(best.start, unit, false, zone)}. Left and right arrows read each.`
    );
  }

  #point(event) {
    const x = event.clientX - this.#canvas.getBoundingClientRect().left;
    this.#choose(this.#buckets[Math.floor((x - LEFT) / this.#slot)]);
  }

  #key(event) {
    const step = { ArrowLeft: -1, ArrowRight: 1, Home: -Infinity, End: Infinity }[event.key];
    if (step === undefined || this.#buckets.length === 0) {
      return;
    }
    event.preventDefault();
    const last = this.#buckets.length - 1;
    const at = this.#buckets.findIndex((b) => b.start === this.#chosen);
    const next = (at < 0 ? last + (step < 0 ? 1 : 0) : at) + step;
    this.#choose(this.#buckets[Math.min(last, Math.max(0, next))]);
  }

  #choose(chosen) {
    this.#chosen = chosen?.start;
    this.#show();
  }

  #show() {
    const at = this.#buckets.findIndex((b) => b.start === this.#chosen);
    const x = LEFT + Math.max(0, at) * this.#slot;
    const height = this.#size.height - TOP - BELOW;
    set(this.#cursor, { visibility: at < 0 ? 'hidden' : 'visible', x, y: TOP, width: Math.max(2, this.#slot), height });
    if (this.#buckets.length === 0) {
      const known = this.#sales.revenue !== undefined;
      say(this.#readout, known ? 'By the time of the orders; the first one starts the chart.' : '');
      return;
    }
    const { unit, currency, zone } = this.#sales;
    if (at < 0) {
      const bar = /\d/.test(unit) ? `step of ${unit}` : unit;
      say(this.#readout, `Revenue above, number of orders below; each bar is one ${bar}, by the orders’ own time (${zone})`);
      return;
    }
    const { start, amount, count: orders } = this.#buckets[at];
    say(this.#readout, `${bucket(start, unit, false, zone)}: ${money(amount, currency)} from ${count(orders)} ${orders === 1 ? 'order' : 'orders'}`);
  }
}

customElements.define('mr-sales-chart', SalesChart);
