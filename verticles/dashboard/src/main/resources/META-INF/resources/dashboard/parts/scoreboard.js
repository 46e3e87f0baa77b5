import { el, keyed, say, set } from '../dom.js';
import { count } from '../format.js';

/** Who leads, how long the round goes on, and who is there without playing. */
class Scoreboard extends HTMLElement {
  #left = el('dd', { 'data-testid': 'left' });
  #leader = el('dd', { 'data-testid': 'leader' });
  #leads = el('dt', {}, 'Leads');
  #list = el('ol', { class: 'lines', 'data-testid': 'scores' });
  #here = el('p', { class: 'aside', 'data-testid': 'here' });

  connectedCallback() {
    const figures = [
      el('div', { class: 'figure' }, el('dt', {}, 'Time left'), this.#left),
      el('div', { class: 'figure' }, this.#leads, this.#leader),
    ];
    this.append(el('dl', { class: 'figures' }, ...figures), this.#list, this.#here);
  }

  /** @param {import('../model/arena.js').Arena} arena */
  show(arena) {
    const { left, scores, game } = arena;
    say(this.#left, left === undefined ? '–' : left === 0 ? 'until one leads' : `${count(left)} s`);
    say(this.#leads, game.winner === undefined ? 'Leads' : 'Has won');
    const tie = scores[0]?.points === scores[1]?.points;
    say(this.#leader, game.winner ?? (scores[0]?.points > 0 && !tie ? scores[0].key : '–'));
    keyed(this.#list, scores, line, (element, score) => update(element, score, arena.me));
    const others = [...arena.present].filter((name) => !scores.some((score) => score.key === name)).sort();
    const words = others.length === 0 ? '' : ` Watching: ${others.join(', ')}.`;
    say(this.#here, `${count(arena.present.size)} connected.${words}`);
  }
}

function line() {
  return el('li', {}, el('span', { class: 'name' }, el('i', { class: 'mark', 'aria-hidden': true }), el('span')), el('span', { class: 'value' }));
}

function update(element, { key, team, points }, me) {
  const [name, value] = element.children;
  say(name.lastChild, (key === me ? `${key} (you)` : key) + (team === undefined ? '' : `, ${team}`));
  say(value, points === undefined ? '–' : count(points));
  set(element, { 'data-team': team, 'data-mine': key === me });
}

customElements.define('mr-scoreboard', Scoreboard);
