import { el } from '../dom.js';

let asking = false;

/**
 * Asks before something is done. Escape, a click on the other button, and another address do nothing. Nothing is asked
 * while something else is: nobody has said yes to it.
 *
 * @param {string} title what would be done, as a question
 * @param {string | Node[]} words what it means, and to how many
 * @param {string} act the button's word
 * @returns {Promise<boolean>}
 */
export async function confirmed(title, words, act) {
  if (asking) {
    return false;
  }
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
  asking = true;
  const leave = () => dialog.close();
  addEventListener('hashchange', leave);
  await new Promise((closed) => dialog.addEventListener('close', closed, { once: true }));
  removeEventListener('hashchange', leave);
  asking = false;
  return dialog.returnValue === 'yes';
}
