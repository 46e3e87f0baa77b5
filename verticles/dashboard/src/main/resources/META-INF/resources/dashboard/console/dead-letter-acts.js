import { el, keyed, say, set } from '../dom.js';
import { ago, count } from '../format.js';
import { meant, progress, told, undoable } from '../model/dead-letters.js';
import { address } from './address.js';

/** What people did about dead letters, and how far it is. */
export class LetterActs {
  #acts = [];
  #lines = el('ol', { class: 'acts' });
  #stop;
  #undo;
  element = el('section', { 'aria-label': 'What was done' }, el('h2', {}, 'What was done'), this.#lines);

  /**
   * @param {(act: object) => void} stop
   * @param {(act: object) => void} undo
   */
  constructor(stop, undo) {
    this.#stop = stop;
    this.#undo = undo;
  }

  /** @param {object[]} acts as the API answers them */
  show(acts) {
    this.#acts = acts;
    this.element.hidden = acts.length === 0;
    keyed(this.#lines, acts.map((act) => ({ ...act, key: act.id })), () => this.#line(), showAct);
  }

  #line() {
    const stop = el('button', { class: 'quiet', 'data-testid': 'stop-act' }, 'Stop …');
    const undo = el('button', { class: 'quiet', 'data-testid': 'undo-act' }, 'Undo …');
    const line = el(
      'li',
      { 'data-testid': 'act' },
      el('span', { 'data-testid': 'act-told' }),
      el('time', { class: 'aside' }),
      el('span', { class: 'aside' }),
      el('progress', { max: 1, 'aria-label': 'How far it is' }),
      el('span', { 'data-testid': 'act-progress' }),
      el('span', { class: 'warn' }),
      el('a', { 'data-testid': 'act-letters' }, 'What happened to each'),
      stop,
      undo,
    );
    const act = () => this.#acts.find(({ id }) => String(id) === line.dataset.key);
    stop.addEventListener('click', () => this.#stop(act()));
    undo.addEventListener('click', () => this.#undo(act()));
    return line;
  }
}

function showAct(line, act) {
  const [what, when, which, bar, how, why, letters, stop, undo] = line.children;
  const decides = ['redrive', 'discard', 'restore'].includes(act.act);
  const running = act.state === 'running';
  say(what, told(act, count));
  say(when, ago(Date.parse(act.at)));
  say(which, decides ? meant(act.filter) : '');
  bar.hidden = !running;
  bar.value = act.matched > 0 ? (act.letters + act.refused) / act.matched : 0;
  how.hidden = act.pace === undefined;
  say(how, act.pace === undefined ? '' : progress(act, count));
  say(why, act.problem ?? '');
  letters.hidden = !decides || act.letters === 0;
  set(letters, { href: address('dead-letters', { act: act.id, state: 'all' }) });
  stop.hidden = !running;
  undo.hidden = !undoable(act);
}
