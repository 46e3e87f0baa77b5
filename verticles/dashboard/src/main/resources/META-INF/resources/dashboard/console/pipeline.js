import { el, keyed, say, set, svg } from '../dom.js';
import { STAGES } from '../model/stages.js';
import { address } from './address.js';

const WIDTH = 196;
const HEIGHT = 104;
const ACROSS = WIDTH + 24;
const DOWN = HEIGHT + 16;
/** The boxes of a narrow screen: as wide as it is, with their lines in two columns. */
const NARROW_WIDTH = 326;
const NARROW_HEIGHT = 72;

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
/** Which way events go: from, to; with words, and where they stand beside the beginning or the end. */
const WAYS = [
  ['sources', 'ingest'],
  ['ingest', 'router'],
  ['router', 'queue', 'ordinary, by Kafka', 18, 72],
  ['router', 'persistence', 'urgent', 18, -6],
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
 * @param {() => void} changed asks for a painting, when there is another room for the picture
 * @returns {{root: Element, show: (cluster: import('../model/cluster.js').Cluster, chosen: string | null) => void}}
 */
export function pipeline(changed) {
  const ways = svg('g', { class: 'ways' });
  const boxes = svg('g');
  const arrow = svg('marker', { id: 'arrow', viewBox: '0 0 8 8', refX: 7, refY: 4, markerWidth: 8, markerHeight: 8, orient: 'auto' }, svg('path', { d: 'M0 0 8 4 0 8z' }));
  const canvas = svg('svg', { class: 'pipeline', role: 'group', 'aria-label': 'The stages in event order' }, svg('defs', {}, arrow), ways, boxes);
  const root = el('div', {}, canvas);
  let narrow;
  new ResizeObserver(changed).observe(root);

  function lay() {
    const before = narrow;
    narrow = root.clientWidth < NARROW;
    if (narrow !== before) {
      const places = STAGES.map(({ name }) => place(name, narrow));
      const [width, height] = size(narrow);
      const right = Math.max(...places.map(({ x }) => x)) + width;
      const bottom = Math.max(...places.map(({ y }) => y)) + height;
      set(canvas, { viewBox: `-2 -2 ${right + 4} ${bottom + 4}` });
      canvas.classList.toggle('narrow', narrow);
      ways.replaceChildren(...(narrow ? [] : WAYS.flatMap(way)));
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
  if (narrow) {
    return { x: 0, y: STAGES.findIndex((stage) => stage.name === name) * (NARROW_HEIGHT + 10) };
  }
  const [column, row] = WIDE[name];
  return { x: column * ACROSS, y: row * DOWN };
}

const size = (narrow) => (narrow ? [NARROW_WIDTH, NARROW_HEIGHT] : [WIDTH, HEIGHT]);

function way([from, to, words, right, below]) {
  const [start, end] = [place(from), place(to)];
  const path = svg('path', { d: line(start, end), 'marker-end': 'url(#arrow)' });
  const [x, y] = [start.x + WIDTH + right, end.y + HEIGHT / 2 + below];
  return words === undefined ? [path] : [path, svg('text', { x, y, class: 'nodes' }, words)];
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
  // Onto the top edge of what stands too near for a step.
  return x2 - x1 < 16 ? `M${x1} ${y1}H${to.x + WIDTH / 2}V${to.y - 1}` : `M${x1} ${y1}h8V${y2}H${x2}`;
}

function box(name) {
  const texts = [0, 1, 2, 3].map(() => svg('text'));
  return svg(
    'a',
    { class: 'stage', 'data-testid': `stage-${name}` },
    svg('title'),
    svg('rect', { rx: 4 }),
    svg('text', { class: 'name', x: 10, y: 21 }, name),
    svg('text', { class: 'nodes', y: 21, 'text-anchor': 'end' }),
    ...texts,
    svg('text', { class: 'behind', 'text-anchor': 'end' }),
  );
}

function draw(element, { name, lines }, cluster, chosen, narrow) {
  const { x, y } = place(name, narrow);
  const running = cluster.running(name);
  const [width, height] = size(narrow);
  const [title, rect, , nodes, ...rest] = element.children;
  const behind = rest.pop();
  set(rect, { width, height });
  set(nodes, { x: width - 10 });
  set(behind, narrow ? { x: 200, y: 21 } : { x: width - 10, y: height - 12 });
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
    const [right, down] = narrow ? [at >> 1, at & 1] : [0, at];
    set(text, { class: level || undefined, x: 10 + right * 150, y: 41 + down * 17 });
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
