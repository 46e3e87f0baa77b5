import { el, keyed, say, set, svg } from '../dom.js';
import { span } from '../model/waterfall.js';

/** In the units of a bar's drawing. */
const WIDTH = 1_000;
/** What takes no time is seen, too. */
const LEAST = 6;

/** Draws a journey: a row for each step, its bar where it was in time. */
export function waterfall() {
  const list = el('ol', { class: 'waterfall', 'data-testid': 'waterfall' });
  const create = () => {
    const bar = svg('svg', { viewBox: `0 0 ${WIDTH} 10`, preserveAspectRatio: 'none', 'aria-hidden': 'true' }, svg('rect', { class: 'track', width: WIDTH, height: 10 }), svg('rect', { class: 'bar', height: 10 }));
    return el('li', { 'data-testid': 'step' }, el('span', { class: 'name' }), bar, el('span', { class: 'after' }), el('span', { class: 'aside' }));
  };
  return {
    element: list,
    /** @param {ReturnType<typeof import('../model/waterfall.js').waterfall>} drawn */
    show({ rows, length }) {
      keyed(list, rows, create, (row, { label, words, from, to, tone }) => {
        const [name, drawing, after, aside] = row.children;
        say(name, label);
        say(after, to === 0 ? 'start' : `+${span(to)}`);
        say(aside, words);
        set(row, { 'data-tone': tone || undefined });
        const scale = length === 0 ? 0 : WIDTH / length;
        const width = Math.max(LEAST, (to - from) * scale);
        set(drawing.lastChild, { x: Math.min(from * scale, WIDTH - width), width });
      });
    },
  };
}
