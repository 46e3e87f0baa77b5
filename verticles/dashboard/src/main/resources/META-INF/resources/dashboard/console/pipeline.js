import { el, keyed, say, set, svg } from '../dom.js';
import { STAGES } from '../model/stages.js';
import { address } from './address.js';

const WIDTH = 196;
const HEIGHT = 104;
const ACROSS = WIDTH + 24;
const DOWN = HEIGHT + 16;

/** Where each stage stands on a wide screen: column, row. */
const WIDE = {
  sources: [0, 1],
  ingest: [1, 1],
  router: [2, 1],
  queue: [3, 0],
  persistence: [3.9, 1],
  broadcast: [5.1, 0],
  sinks: [5.1, 1],
  aggregate: [5.1, 2],
  cache: [3.9, 2.1],
  api: [2.7, 2.1],
  dashboard: [1.5, 2.1],
};
/** Which way events go: from, to, and the side where the line ends; those that come into the queue and out of it pass Kafka. */
const WAYS = [
  ['sources', 'ingest'],
  ['ingest', 'router'],
  ['router', 'queue'],
  ['router', 'persistence'],
  ['queue', 'persistence'],
  ['persistence', 'broadcast'],
  ['persistence', 'sinks'],
  ['persistence', 'aggregate'],
  ['persistence', 'cache'],
  ['cache', 'api'],
];
/** What stands behind a stage, by its breaker. */
const BEHIND = { router: ['kafka', 'Kafka'], persistence: ['postgresql', 'PostgreSQL'], cache: ['redis', 'Redis'] };
const STATES = ['answers', 'is tried again', 'doesn’t answer'];
const LEVEL = ['', 'warn', 'bad'];
/** A picture narrower than this, in px, is one column. */
const NARROW = 900;

/**
 * The pipeline as it is: one box a stage, in event order. On a narrow screen they stand one below the other.
 *
 * @returns {{root: Element, show: (cluster: import('../model/cluster.js').Cluster, chosen: string | null) => void}}
 */
export function pipeline() {
  const ways = svg('g', { class: 'ways' });
  const boxes = svg('g');
  const arrow = svg('marker', { id: 'arrow', viewBox: '0 0 8 8', refX: 7, refY: 4, markerWidth: 8, markerHeight: 8, orient: 'auto' }, svg('path', { d: 'M0 0 8 4 0 8z' }));
  const canvas = svg('svg', { class: 'pipeline', role: 'group', 'aria-label': 'The stages in event order' }, svg('defs', {}, arrow), ways, boxes);
  const root = el('div', {}, canvas);
  let narrow;

  function lay() {
    const before = narrow;
    narrow = root.clientWidth < NARROW;
    if (narrow !== before) {
      const places = STAGES.map(({ name }) => place(name, narrow));
      const right = Math.max(...places.map(({ x }) => x)) + WIDTH;
      const bottom = Math.max(...places.map(({ y }) => y)) + HEIGHT;
      set(canvas, { viewBox: `-2 -2 ${right + 4} ${bottom + 4}` });
      canvas.classList.toggle('narrow', narrow);
      ways.replaceChildren(...(narrow ? [] : WAYS.map(([from, to]) => svg('path', { d: line(place(from), place(to)), 'marker-end': 'url(#arrow)' }))));
    }
  }

  return {
    root,
    show(cluster, chosen) {
      lay();
      const items = STAGES.map((stage) => ({ key: stage.name, ...stage }));
      keyed(boxes, items, ({ name }) => box(name), (element, stage) => draw(element, stage, cluster, chosen, narrow));
    },
  };
}

function place(name, narrow = false) {
  const [column, row] = narrow ? [0, STAGES.findIndex((stage) => stage.name === name)] : WIDE[name];
  return { x: column * ACROSS, y: row * DOWN };
}

/** From the right edge to the left one, or downwards where one stands below the other. */
function line(from, to) {
  const middle = HEIGHT / 2;
  if (from.x === to.x) {
    return `M${from.x + WIDTH / 2} ${from.y + HEIGHT}V${to.y - 1}`;
  }
  if (from.x > to.x) {
    return `M${from.x} ${from.y + middle}H${to.x + WIDTH + 1}`;
  }
  const [x1, y1, x2, y2] = [from.x + WIDTH, from.y + middle, to.x - 1, to.y + middle];
  if (y1 === y2) {
    return `M${x1} ${y1}H${x2}`;
  }
  // Downwards onto the top edge of what is half below, else with a step.
  return x2 - x1 < 0 ? `M${from.x + WIDTH} ${y1}H${to.x + WIDTH / 2}V${to.y - 1}` : `M${x1} ${y1}h8V${y2}H${x2}`;
}

function box(name) {
  const texts = [0, 1, 2, 3].map((at) => svg('text', { x: 10, y: 41 + at * 17 }));
  return svg(
    'a',
    { class: 'stage', 'data-testid': `stage-${name}` },
    svg('title'),
    svg('rect', { width: WIDTH, height: HEIGHT, rx: 4 }),
    svg('text', { class: 'name', x: 10, y: 21 }, name),
    svg('text', { class: 'nodes', x: WIDTH - 10, y: 21, 'text-anchor': 'end' }),
    ...texts,
    svg('text', { class: 'behind', x: WIDTH - 10, y: 92, 'text-anchor': 'end' }),
  );
}

function draw(element, { name, lines }, cluster, chosen, narrow) {
  const { x, y } = place(name, narrow);
  const running = cluster.running(name);
  const [title, , , nodes, ...rest] = element.children;
  const behind = rest.pop();
  set(element, {
    transform: `translate(${x} ${y})`,
    href: address('overview', { stage: chosen === name ? undefined : name }),
    'data-level': running.length === 0 ? 'bad' : cluster.silent(name) ? 'note' : undefined,
    'aria-current': chosen === name ? 'true' : undefined,
  });
  say(title, `${name} on ${running.map(({ node }) => node).join(', ') || 'no node'}`);
  say(nodes, running.length === 0 ? 'no node' : running.length === 1 ? short(running[0].node) : `${running.length} nodes`);
  const told = running.length === 0 ? [] : lines(cluster);
  rest.forEach((text, at) => {
    const [words, level] = [told[at] ?? ''].flat();
    say(text, words);
    set(text, { class: level || undefined });
  });
  drawBehind(behind, name, cluster);
}

/** The backing service of a stage, with what its breaker says. */
function drawBehind(text, stage, cluster) {
  const [backend, name] = BEHIND[stage] ?? [];
  const breaker = cluster.breakers(stage).find((each) => each.backend === backend);
  say(text, breaker === undefined ? '' : breaker.state === 0 ? name : `${name} ${STATES[breaker.state]}`);
  set(text, { class: `behind ${LEVEL[breaker?.state ?? 0]}`, 'data-testid': backend && `backend-${backend}` });
}

/** A node's host; the process behind it is in the title. */
function short(node) {
  const host = node.split('/')[0];
  return host.length > 14 ? `${host.slice(0, 13)}…` : host;
}
