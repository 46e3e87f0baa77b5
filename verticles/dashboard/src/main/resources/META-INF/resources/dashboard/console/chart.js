import uPlot from '/assets/uplot.js';
import { el, say } from '../dom.js';
import { bucket } from '../format.js';

const HEIGHT = 130;
/** Below so many seconds the axis tells seconds. */
const NEAR = 600;
const DARK = matchMedia('(prefers-color-scheme: dark)');
const colour = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();

/**
 * A small chart over time, by the clocks of UTC. What it shows last, or where the pointer is, stands above it in words.
 *
 * @param {string} title
 * @param {number} least the highest mark of a chart in which nothing moves
 * @param {{label: string, colour: string, words: (value: number | undefined) => string}[]} series the colours by their names
 * @returns {{root: Element, show: (times: number[], values: (number | null)[][]) => void, close: () => void}} times in ms
 */
export function chart(title, least, series) {
  const legend = el('p', { class: 'legend' });
  const area = el('div', { class: 'area', role: 'img' });
  const when = el('span', { class: 'aside', 'data-testid': 'chart-time' });
  const root = el('figure', { class: 'chart' }, el('figcaption', {}, title, ' ', when), legend, area);
  const keys = series.map(({ label }) => el('span', {}, label));
  legend.append(...keys);
  keys.forEach((key, i) => key.style.setProperty('--series', `var(${series[i].colour})`));
  const time = (s, span) => bucket(s * 1_000, span < NEAR ? 'second' : 'minute', true);
  const axis = { stroke: () => colour('--soft'), grid: { stroke: () => colour('--faint'), width: 1 }, ticks: { show: false }, font: '11px system-ui' };
  const plot = new uPlot(
    {
      width: 300,
      height: HEIGHT,
      legend: { show: false },
      cursor: { y: false, drag: { x: false }, points: { size: 5 } },
      scales: { y: { range: (u, lowest, most) => [0, Math.max(least, most * 1.1)] } },
      axes: [
        { ...axis, size: 22, space: 80, values: (u, at) => at.map((s) => time(s, u.data[0].at(-1) - u.data[0][0])) },
        { ...axis, size: 44, space: 30, values: (u, at) => at.map((value) => series[0].words(value)) },
      ],
      series: [{}, ...series.map((one) => ({ stroke: () => colour(one.colour), width: 1.5, points: { show: false } }))],
      hooks: { setCursor: [() => read()] },
    },
    [[], ...series.map(() => [])],
    area,
  );
  const resized = new ResizeObserver(([{ contentRect }]) => contentRect.width > 0 && plot.setSize({ width: Math.floor(contentRect.width), height: HEIGHT }));
  resized.observe(area);
  const recolour = () => plot.redraw();
  DARK.addEventListener('change', recolour);

  function read() {
    const at = plot.cursor.idx ?? plot.data[0].length - 1;
    const s = plot.data[0][at];
    say(when, s === undefined ? '' : bucket(s * 1_000, 'second'));
    const told = series.map(({ label, words }, i) => `${label} ${words(plot.data[i + 1][at] ?? undefined)}`);
    keys.forEach((key, i) => say(key, told[i]));
    area.setAttribute('aria-label', `${title}: ${told.join(', ')}`);
  }

  return {
    root,
    show(times, values) {
      plot.setData([times.map((ms) => ms / 1_000), ...values]);
      read();
    },
    close() {
      resized.disconnect();
      DARK.removeEventListener('change', recolour);
      plot.destroy();
    },
  };
}
