import { el } from '../dom.js';

/**
 * Asks before something is done. Escape, and a click on the other button, do nothing.
 *
 * @param {string} title what would be done, as a question
 * @param {string | Node[]} words what it means, and to how many
 * @param {string} act the button's word
 * @returns {Promise<boolean>}
 */
export function confirmed(title, words, act) {
  const dialog = document.getElementById('confirm');
  const yes = el('button', { type: 'submit', value: 'yes', 'data-testid': 'confirm' }, act);
  const no = el('button', { type: 'submit', value: '', class: 'plain', autofocus: true }, 'Don’t');
  dialog.replaceChildren(
    el(
      'form',
      { method: 'dialog' },
      el('h2', { id: 'confirm-title' }, title),
      ...(typeof words === 'string' ? [el('p', {}, words)] : words),
      el('div', { class: 'buttons' }, yes, no),
    ),
  );
  dialog.returnValue = '';
  dialog.showModal();
  return new Promise((done) => dialog.addEventListener('close', () => done(dialog.returnValue === 'yes'), { once: true }));
}
