import { el, keyed, say, set, svg } from '../dom.js';
import { ago, count } from '../format.js';
import { bars, fate } from '../model/dead-letters.js';

const WIDTH = 120;
const HEIGHT = 24;
const FEWEST = 24; // a chart of one bar would be all bar

/** Letters by what went wrong: how many, over time, an example. */
export class LetterGroups {
  #rows = el('tbody');
  element = table('groups', ['Failure', 'Over time', 'Letters', 'First', 'Last'], this.#rows);

  /**
   * @param {object[]} counts as the API answers them
   * @param {{seconds: number} | undefined} periods
   * @param {(group: object) => string} to the address of a group
   */
  show(counts, periods, to) {
    const longest = Math.max(0, ...counts.map((group) => group.periods.length));
    const before = Math.max(0, FEWEST - longest);
    this.element.hidden = counts.length === 0;
    keyed(this.#rows, counts.map((group) => ({ ...group, key: group.fingerprint })), groupRow, (row, group) => {
      const [failure, chart, letters, first, last] = row.children;
      const [link, message] = failure.children;
      say(link, `${group.reason}${group.type === null ? '' : ` · ${group.type}`}`);
      set(link, { href: to(group) });
      say(message, group.message);
      const most = count(Math.max(0, ...group.periods));
      set(chart.firstChild, { 'aria-label': `${count(group.letters)} letters, by ${duration(periods?.seconds)}; at most ${most} in one` });
      set(chart.firstChild.firstChild, { d: bars(group.periods, before, longest, WIDTH, HEIGHT) });
      say(letters, count(group.letters));
      time(first, group.firstAt);
      time(last, group.lastAt);
    });
  }
}

function groupRow() {
  return el(
    'tr',
    { 'data-testid': 'group' },
    el('td', {}, el('a', { 'data-testid': 'group-name' }), el('p', { class: 'aside', 'data-testid': 'group-message' })),
    el('td', {}, svg('svg', { class: 'times', role: 'img', viewBox: `0 0 ${WIDTH} ${HEIGHT}`, preserveAspectRatio: 'none' }, svg('path'))),
    el('td', { class: 'number', 'data-testid': 'group-letters' }),
    el('td'),
    el('td'),
  );
}

/** Letters, newest first. */
export class LetterList {
  #rows = el('tbody');
  element = table('letters', ['Died', 'Event', 'Stream', 'Source', 'State'], this.#rows);

  /**
   * @param {object[]} letters as the API answers them
   * @param {string | null} opened the id of the one that is shown
   * @param {(letter: object) => string} to the address of a letter
   */
  show(letters, opened, to) {
    keyed(this.#rows, letters.map((letter) => ({ ...letter, key: letter.id })), letterRow, (row, letter) => {
      const [died, event, stream, source, state] = row.children;
      time(died, letter.diedAt);
      say(event.firstChild, letter.eventId ?? `letter ${letter.id}`);
      set(event.firstChild, { href: to(letter), 'aria-current': String(letter.id) === opened ? 'true' : undefined });
      say(stream, letter.stream ?? '–');
      say(source, letter.source ?? '–');
      say(state, fate(letter));
      set(state, { class: letter.sequel === 'died_again' ? 'bad' : undefined });
    });
  }
}

function letterRow() {
  return el('tr', { 'data-testid': 'letter' }, el('td'), el('td', {}, el('a', { 'data-testid': 'letter-event' })), el('td'), el('td'), el('td', { 'data-testid': 'letter-state' }));
}

function table(name, columns, rows) {
  const heads = columns.map((column) => el('th', { scope: 'col', class: column === 'Letters' ? 'number' : undefined }, column));
  return el('div', { class: 'table' }, el('table', { class: name }, el('thead', {}, el('tr', {}, ...heads)), rows));
}

function time(cell, at) {
  say(cell, ago(Date.parse(at)));
  set(cell, { title: at });
}

function duration(seconds = 0) {
  return seconds < 3_600 ? `${seconds / 60} minutes` : seconds < 86_400 ? `${seconds / 3_600} h` : `${seconds / 86_400} days`;
}
