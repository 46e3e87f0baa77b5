import { el, keyed, say, set, svg } from '../dom.js';
import { HEIGHT, WIDTH } from '../model/arena.js';

const BAR = 44;
/** Around the arena, so that whoever stands at its edge is seen whole; a name may stand over it. */
const EDGE = 26;

/** The room from above. Whoever may play moves with the arrow keys or W A S D, and shoots with the space bar or a click. */
class ArenaView extends HTMLElement {
  #shots = svg('g', { class: 'shots' });
  #players = svg('g', { 'data-testid': 'players' });
  #empty = svg('text', { class: 'empty', x: WIDTH / 2, y: HEIGHT / 2 }, 'Nobody is in the arena.');
  #field = svg(
    'svg',
    { viewBox: `${-EDGE} ${-EDGE} ${WIDTH + 2 * EDGE} ${HEIGHT + 2 * EDGE}`, role: 'img', 'aria-label': 'The arena', 'data-testid': 'arena' },
    svg('rect', { class: 'half', 'data-team': 'red', width: WIDTH / 2, height: HEIGHT }),
    svg('rect', { class: 'half', 'data-team': 'blue', x: WIDTH / 2, width: WIDTH / 2, height: HEIGHT }),
    svg('path', { class: 'grid', d: grid() }),
    this.#empty,
    this.#shots,
    this.#players,
  );

  connectedCallback() {
    this.append(el('div', { class: 'field', tabindex: 0, 'aria-describedby': 'keys' }, this.#field));
  }

  /** Where in the arena a click was. */
  at({ clientX, clientY }) {
    const { x, y } = new DOMPoint(clientX, clientY).matrixTransform(this.#field.getScreenCTM().inverse());
    return { x, y };
  }

  /** @param {import('../model/arena.js').Arena} arena */
  show(arena) {
    const { players } = arena;
    set(this.#field, { 'aria-label': words(players) });
    set(this.#empty, { visibility: players.length === 0 ? 'visible' : 'hidden' });
    keyed(this.#shots, arena.shots, shot, () => {});
    keyed(this.#players, players, player, (element, each) => update(element, each, each.key === arena.me));
  }
}

function words(players) {
  const of = (team) => players.filter((player) => player.team === team).map((player) => player.key);
  return `The arena. Red: ${of('red').join(', ') || 'nobody'}. Blue: ${of('blue').join(', ') || 'nobody'}.`;
}

function grid() {
  const lines = [];
  for (let x = 100; x < WIDTH; x += 100) {
    lines.push(`M${x} 0V${HEIGHT}`);
  }
  for (let y = 100; y < HEIGHT; y += 100) {
    lines.push(`M0 ${y}H${WIDTH}`);
  }
  return lines.join('');
}

function shot({ from, to, team, hit }) {
  const burst = hit ? [svg('circle', { cx: to.x, cy: to.y, r: 26 })] : [];
  return svg('g', { class: 'shot', 'data-team': team }, svg('line', { x1: from.x, y1: from.y, x2: to.x, y2: to.y }), ...burst);
}

/** The teams differ in form, too. */
function player({ team }) {
  const body = team === 'red' ? svg('circle', { class: 'body', r: 17 }) : svg('rect', { class: 'body', x: -16, y: -16, width: 32, height: 32, rx: 3 });
  return svg(
    'g',
    { class: 'player', 'data-testid': 'player' },
    svg('circle', { class: 'mine', r: 29 }),
    body,
    svg('rect', { class: 'bar', x: -BAR / 2, y: 24, width: BAR, height: 7 }),
    svg('rect', { class: 'health', x: -BAR / 2, y: 24, height: 7 }),
    svg('text', { y: -26 }),
  );
}

function update(element, { key, team, x, y, health }, mine) {
  const bar = element.children[3];
  set(element, { 'data-team': team, 'data-mine': mine, 'data-name': key });
  element.style.transform = `translate(${x}px, ${y}px)`;
  set(bar, { width: (BAR * Math.max(0, Math.min(100, health ?? 100))) / 100 });
  say(element.lastChild, mine ? 'you' : key);
}

customElements.define('mr-arena', ArenaView);
