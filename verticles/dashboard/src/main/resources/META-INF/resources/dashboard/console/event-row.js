import { el, keyed, say, set } from '../dom.js';
import { ago } from '../format.js';
import { fields, showFields } from '../parts/fields.js';

/**
 * A list of events, each of which opens.
 *
 * @param {string} testId of the rows
 * @param {(event: import('../model/tail.js').shown) => void} open
 */
export function eventRows(testId, open) {
  const list = el('ol', { class: 'lines events' });
  const rows = new Map();
  list.addEventListener('click', ({ target }) => {
    const button = target.closest?.('button');
    button && open(rows.get(button.closest('li').dataset.key));
  });
  const create = () =>
    el('li', { 'data-testid': testId }, el('button', { type: 'button', class: 'quiet name' }), el('time', { class: 'aside' }), fields());
  const update = (line, event) => {
    const [type, time, said] = line.children;
    say(type, event.type);
    set(type, { title: `${event.source} · ${event.id}` });
    say(time, ago(event.at));
    showFields(said, { id: event.id, source: event.source, ...event.data });
  };
  return {
    element: list,
    show(events) {
      rows.clear();
      events.forEach((event) => rows.set(event.key, event));
      keyed(list, events, create, update);
    },
  };
}
