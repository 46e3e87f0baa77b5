import { el, say } from '../dom.js';

/** So many fields, and so much of each: what an event says comes from outside. */
const MOST = 12;
const LONG = 160;

/** Names and values of an object, whatever it is; what is inside of them as JSON. */
export function fields() {
  return el('dl', { class: 'fields' });
}

export function showFields(list, object) {
  const all = Object.entries(object ?? {});
  const pairs = all.slice(0, MOST).map(([name, value]) => [name, short(value)]);
  if (all.length > MOST) {
    pairs.push(['…', `${all.length - MOST} more`]);
  }
  const text = JSON.stringify(pairs);
  if (list.dataset.shown === text) {
    return;
  }
  list.dataset.shown = text;
  list.replaceChildren(
    ...pairs.map(([name, value]) => {
      const pair = el('div', {}, el('dt'), el('dd'));
      say(pair.firstChild, name);
      say(pair.lastChild, value);
      return pair;
    }),
  );
}

function short(value) {
  const text = typeof value === 'string' ? value : JSON.stringify(value);
  return text.length > LONG ? `${text.slice(0, LONG)}…` : text;
}
