import { el, set } from '../dom.js';

/** What is asked for of the room. What isn't never leaves the server, and may be changed while the game goes on. */
class GameFilters extends HTMLElement {
  #team = el('input', { type: 'checkbox', id: 'only-team', 'data-testid': 'only-team' });
  #hits = el('input', { type: 'checkbox', id: 'only-hits', 'data-testid': 'only-hits' });
  #mine = el('span', {}, this.#team, el('label', { for: 'only-team' }, 'my team'));
  #arena;

  connectedCallback() {
    const form = el(
      'form',
      { 'aria-label': 'Which events', class: 'choice' },
      el('span', {}, 'Only'),
      this.#mine,
      el('span', {}, this.#hits, el('label', { for: 'only-hits' }, 'shots that hit')),
    );
    form.addEventListener('submit', (event) => event.preventDefault());
    form.addEventListener('input', () => this.#arena.choose({ team: this.#team.checked, hits: this.#hits.checked }));
    this.append(form);
  }

  /** @param {import('../model/arena.js').Arena} arena */
  show(arena) {
    this.#arena = arena;
    this.#mine.hidden = !arena.plays;
    this.#team.checked = arena.only.team;
    this.#hits.checked = arena.only.hits;
    set(this, { 'data-filtered': arena.only.team || arena.only.hits });
  }
}

customElements.define('mr-game-filters', GameFilters);
