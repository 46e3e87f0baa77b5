import { el, say, set } from '../dom.js';

/** Between two steps, in ms. */
const STEP = 200;
const WAYS = {
  ArrowUp: [0, -1], KeyW: [0, -1],
  ArrowDown: [0, 1], KeyS: [0, 1],
  ArrowLeft: [-1, 0], KeyA: [-1, 0],
  ArrowRight: [1, 0], KeyD: [1, 0],
};

/** What a player does: with the keys while the arena has the focus, or with the buttons. */
class GameAct extends HTMLElement {
  #said = el('p', { class: 'said', role: 'status', 'data-testid': 'said' });
  #keys = el('p', { class: 'aside', id: 'keys' }, 'Arrow keys or W A S D move while the arena has the focus; the space bar shoots at the nearest opponent, a click where it points.');
  #buttons = el('p', { class: 'buttons' });
  #held = new Set();
  #walking;
  #arena;

  connectedCallback() {
    const ways = { '↑': ['ArrowUp', 'Up'], '←': ['ArrowLeft', 'Left'], '→': ['ArrowRight', 'Right'], '↓': ['ArrowDown', 'Down'] };
    for (const [sign, [key, name]] of Object.entries(ways)) {
      const button = el('button', { type: 'button', class: 'plain', 'aria-label': name, title: name, 'data-testid': `go-${name.toLowerCase()}` }, sign);
      button.addEventListener('click', () => this.#step([key]));
      this.#buttons.append(button);
    }
    const shoot = el('button', { type: 'button', 'data-testid': 'shoot' }, 'Shoot');
    const leap = el('button', { type: 'button', class: 'plain', 'data-testid': 'cheat' }, 'Leap across (cheat)');
    shoot.addEventListener('click', () => this.#arena.shoot());
    leap.addEventListener('click', () => this.#arena.step(this.#arena.players.find((p) => p.key === this.#arena.me)?.x > 500 ? -1 : 1, 0, 4_000));
    this.#buttons.append(shoot, leap);
    this.append(this.#said, this.#buttons, this.#keys);
    const field = document.querySelector('mr-arena');
    field.addEventListener('keydown', (event) => this.#down(event));
    field.addEventListener('keyup', (event) => this.#held.delete(event.code));
    field.addEventListener('focusout', () => this.#held.clear());
    field.addEventListener('click', (event) => this.#arena?.plays && this.#arena.shoot(field.at(event)));
  }

  #down(event) {
    if (!this.#arena?.plays || event.ctrlKey || event.metaKey || event.altKey) {
      return;
    }
    if (event.code === 'Space') {
      event.preventDefault();
      event.repeat || this.#arena.shoot();
    } else if (event.code in WAYS) {
      event.preventDefault();
      this.#held.add(event.code);
      this.#walk();
    }
  }

  /** As long as a key is held. */
  #walk() {
    if (this.#walking === undefined && this.#step(this.#held)) {
      this.#walking = setTimeout(() => {
        this.#walking = undefined;
        this.#held.size > 0 && this.#walk();
      }, STEP);
    }
  }

  #step(keys) {
    const ways = [...keys].map((key) => WAYS[key]);
    const dx = Math.sign(ways.reduce((sum, [x]) => sum + x, 0));
    const dy = Math.sign(ways.reduce((sum, [, y]) => sum + y, 0));
    (dx !== 0 || dy !== 0) && this.#arena.step(dx, dy, STEP);
    return true;
  }

  /** @param {import('../model/arena.js').Arena} arena */
  show(arena) {
    this.#arena = arena;
    this.#buttons.hidden = this.#keys.hidden = !arena.plays;
    const { words, denied } = arena.said;
    say(this.#said, words || (arena.plays ? '' : 'You are watching.'));
    set(this.#said, { 'data-denied': denied });
  }
}

customElements.define('mr-game-act', GameAct);
