import { el, keyed, say, set } from '../dom.js';
import { clock } from '../format.js';

/** Lines of what has happened, the newest first: `kind` is `hits` or `news`. */
class GameFeed extends HTMLElement {
  #list = el('ol', { class: 'lines' });
  #none = el('p', { class: 'aside' });

  connectedCallback() {
    const kind = this.getAttribute('kind');
    set(this.#list, { 'data-testid': kind });
    const label = kind === 'hits' ? 'Latest hits' : 'What the server tells';
    this.append(this.#none, el('div', { class: 'scroll', tabindex: 0, role: 'region', 'aria-label': label }, this.#list));
  }

  /** @param {import('../model/arena.js').Arena} arena */
  show(arena) {
    const lines = arena[this.getAttribute('kind')];
    keyed(this.#list, lines, line, update);
    say(this.#none, lines.length === 0 ? this.getAttribute('empty') : '');
    this.#none.hidden = lines.length > 0;
  }
}

function line({ value, at }) {
  const right = value === undefined ? el('time', { class: 'aside' }, clock(at)) : el('span', { class: 'value' }, value);
  return el('li', {}, el('span', { class: 'name' }), right);
}

function update(element, { words, strong, team }) {
  say(element.firstChild, words);
  set(element, { 'data-strong': strong === true, 'data-team': team });
}

customElements.define('mr-game-feed', GameFeed);
