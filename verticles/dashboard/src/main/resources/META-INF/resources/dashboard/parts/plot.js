import { svg } from '../dom.js';

/**
 * A vertical scale in px. It always holds zero, so that a bar's length is its value.
 * @typedef {{top: number, low: number, high: number, y(value: number): number}} Scale
 */

/**
 * @param {number[]} values
 * @param {number} top px
 * @param {number} height px
 * @returns {Scale}
 */
export function scale(values, top, height) {
  const low = values.reduce((a, b) => Math.min(a, b), 0);
  const high = values.reduce((a, b) => Math.max(a, b), 0) || (low < 0 ? 0 : 1);
  return { top, low, high, y: (value) => top + (height * (high - value)) / (high - low) };
}

/** The bars from one bucket to before another, as one path: three hundred elements would cost three hundred styles. */
export function bars(values, { y }, left, slot, from, to) {
  const gap = slot > 6 ? Math.min(4, slot * 0.22) : slot > 3 ? 1 : 0;
  const width = (slot - gap).toFixed(2);
  const zero = y(0).toFixed(1);
  let path = '';
  for (let i = from; i < Math.min(to, values.length); i++) {
    if (values[i] !== 0) {
      path += `M${(left + i * slot + gap / 2).toFixed(2)} ${zero}V${y(values[i]).toFixed(1)}h${width}V${zero}z`;
    }
  }
  return path;
}

/** Round values on the left, with their lines; at most so many above zero. Counts come in whole numbers. */
export function ticksLeft({ high, y }, { most, whole }, left, right, label) {
  const step = whole ? Math.max(1, roundUp(high / (most + 1), [1, 2, 5, 10])) : roundUp(high / (most + 1), [1, 2, 2.5, 5, 10]);
  const marks = [];
  for (let value = 0; value <= high && marks.length < 40; value += step) {
    const at = y(value);
    marks.push(svg('line', { class: value === 0 ? 'base' : 'grid', x1: left, x2: right, y1: at, y2: at }));
    if (value > 0) {
      marks.push(svg('text', { x: left - 8, y: at + 4, 'text-anchor': 'end' }, label(value)));
    }
  }
  return marks;
}

function roundUp(value, digits) {
  const power = 10 ** Math.floor(Math.log10(value));
  return power * (digits.find((d) => d * power >= value * 0.999) ?? 10);
}

/** Distances, in buckets, that fall on round times: every quarter of an hour, every six hours, every fortnight. */
const STEPS = {
  '10 seconds': [1, 3, 6, 12, 30, 60],
  minute: [1, 5, 10, 15, 30, 60],
  '15 minutes': [1, 2, 4, 8, 12, 24, 48, 96],
  hour: [1, 3, 6, 12, 24, 48, 96],
  day: [1, 2, 7, 14],
  week: [1, 2, 4, 8, 13, 26, 52],
  month: [1, 2, 3, 6, 12, 24, 60],
  year: [1, 2, 5, 10, 20, 50],
};
const LABEL = 84;

/** Names of buckets below, at round times and as many as fit without touching. */
export function ticksBelow(buckets, unit, left, slot, right, y, label) {
  const steps = STEPS[unit] ?? [1];
  const far = steps.find((step) => step * slot >= LABEL);
  // Days by the hundred are told by the beginnings of months.
  const months = unit === 'day' && far === undefined;
  const every = far ?? steps.at(-1);
  const round = months ? ({ start }) => new Date(start).getUTCDate() === 1 : ({ index }) => index % every === 0;
  const marks = [];
  let free = 0;
  buckets.forEach((b, i) => {
    const x = left + i * slot;
    if (x >= free && x < right - LABEL / 2 && (round(b) || buckets.length < every)) {
      marks.push(svg('text', { x, y }, label(b, months ? 'month' : unit)));
      free = x + LABEL;
    }
  });
  return marks;
}
