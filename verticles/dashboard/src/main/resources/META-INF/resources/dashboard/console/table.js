import { el, keyed, say, set } from '../dom.js';

/**
 * A table that keeps its rows while they are drawn again. A cell is a text, or a text with how it looks, or nodes of its own that
 * are put there once.
 *
 * @typedef {string | Node | {text: string, number?: boolean, level?: string, title?: string}} Cell
 * @param {string[]} columns
 * @param {string} testId of the table; its rows have it without an `s` at the end
 */
export function table(columns, testId) {
  const head = el('tr');
  const body = el('tbody');
  const root = el('div', { class: 'table' }, el('table', { 'data-testid': testId }, el('thead', {}, head), body));
  const rowId = testId.replace(/s$/, '');
  let width = 0;

  const api = {
    root,
    /** Other columns; the rows are made anew if there are more or fewer. */
    head(names) {
      if (names.length !== width) {
        width = names.length;
        head.replaceChildren(...names.map(() => el('th', { scope: 'col' })));
        body.replaceChildren();
      }
      names.forEach((name, i) => say(head.children[i], name));
    },
    /** @param {{key: string, cells: Cell[]}[]} rows */
    show(rows) {
      const create = ({ cells }) => el('tr', { 'data-testid': rowId }, ...cells.map((cell) => (cell instanceof Node ? el('td', {}, cell) : el('td'))));
      keyed(body, rows, create, (row, { cells }) => cells.forEach((cell, i) => {
        fill(row.children[i], cell);
        cell.number && set(head.children[i], { class: 'number' });
      }));
    },
  };
  api.head(columns);
  return api;
}

function fill(td, cell) {
  if (cell instanceof Node) {
    return;
  }
  const { text, number, level, title } = typeof cell === 'string' ? { text: cell } : cell;
  say(td, text);
  set(td, { class: [number && 'number', level].filter(Boolean).join(' ') || undefined, title });
}
