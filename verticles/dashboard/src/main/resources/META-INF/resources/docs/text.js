// What descriptions are made of: the little of Markdown that they use. Text is only ever set as text.

import { el } from '/assets/dom.js';

/** @param {string | undefined} text @returns {DocumentFragment} */
export function paragraphs(text) {
  const all = new DocumentFragment();
  for (const paragraph of (text ?? '').split(/\n\s*\n/).filter((part) => part.trim() !== '')) {
    all.append(el('p', {}, inline(paragraph)));
  }
  return all;
}

/** `code` and *`emphasised code`*. @param {string} text @returns {DocumentFragment} */
export function inline(text) {
  const all = new DocumentFragment();
  for (const part of text.split(/(\*`[^`]*`\*|`[^`]*`)/)) {
    if (part.startsWith('*`')) {
      all.append(el('em', {}, code(part.slice(2, -2))));
    } else if (part.startsWith('`')) {
      all.append(code(part.slice(1, -1)));
    } else {
      all.append(part.replaceAll('\n', ' '));
    }
  }
  return all;
}

/** @param {string} text @param {string} [kind] */
export function code(text, kind) {
  return el('code', { class: kind }, text);
}

/** Something to open, made when it is opened. @param {Node} title @param {() => Node} make */
export function folded(title, make) {
  const fold = el('details', {}, el('summary', {}, title));
  fold.addEventListener('toggle', () => fold.append(make()), { once: true });
  return fold;
}

/** @param {unknown} value */
export function example(value) {
  return el('pre', { tabindex: 0 }, code(JSON.stringify(value, null, 2)));
}
