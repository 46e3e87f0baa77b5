import { el, keyed, say, set } from '../dom.js';
import { count, rate } from '../format.js';
import { many, perSecond } from '../model/stages.js';
import { troubles, unheard } from '../model/troubles.js';
import { address } from './address.js';
import { chart } from './chart.js';
import { pipeline } from './pipeline.js';
import { table } from './table.js';
import { followed } from './whole-cluster.js';

/** A break in a chart: so long there was no reading, in ms, since nobody looked. */
const BREAK = 10_000;
const ms = (value) => (value === undefined ? '–' : `${rate(value)} ms`);
const seconds = (value) => (value === undefined ? '–' : `${rate(value)} s`);

const CHARTS = [
  ['Events', 4, [['accepted', '--water', perSecond], ['committed', '--amber', perSecond], ['delivered', '--rust', perSecond]]],
  ['In the queue', 4, [['depth', '--water', many]]],
  ['Age of the oldest in the queue', 1, [['oldest', '--rust', seconds]]],
  ['Time, on average', 4, [['answer', '--water', ms], ['commit', '--amber', ms], ['delivery', '--rust', ms]]],
  ['Connections of clients', 4, [['connections', '--water', many]]],
];

/** @type {import('./views.js').View} */
export const view = {
  name: 'overview',
  title: 'Overview',
  manage: ['cluster'],
  open(root, context) {
    const following = followed(context);
    const { cluster } = following;
    const verdict = el('h2', { 'data-testid': 'verdict' }, 'Asking the nodes …');
    const list = el('ol', { class: 'troubles', 'data-testid': 'troubles' });
    const picture = pipeline(context.changed);
    const figures = table(['Figure', 'Node'], 'figures');
    const chosen = el('section', { hidden: true }, el('h2'), figures.root);
    const charts = CHARTS.map(([title, least, series]) => chart(title, least, series.map(([label, colour, words]) => ({ label, colour, words }))));
    let stage = context.params.get('stage');
    let drawn;

    root.append(
      el('section', { 'aria-live': 'polite' }, verdict, list),
      el('section', { class: 'picture', 'aria-label': 'The pipeline' }, picture.root),
      chosen,
      el('section', {}, el('h2', {}, 'Since this page was opened'), el('div', { class: 'charts' }, ...charts.map((each) => each.root))),
    );

    function show() {
      showTroubles(following, verdict, list);
      if (cluster.at === undefined) {
        return;
      }
      picture.show(cluster, stage);
      showStage(chosen, figures, cluster, stage);
      if (drawn === cluster.at) {
        return;
      }
      drawn = cluster.at;
      const points = unbroken(cluster.points);
      const times = points.map(({ at }) => at);
      CHARTS.forEach(([, , series], i) => charts[i].show(times, series.map(([name]) => points.map(({ values }) => values[name] ?? null))));
    }

    return {
      show,
      params(params) {
        stage = params.get('stage');
        show();
      },
      close() {
        following.reading.close();
        charts.forEach((each) => each.close());
      },
    };
  },
};

function showTroubles({ cluster, reading }, verdict, list) {
  const now = Date.now();
  const all = [...unheard(cluster, reading, now), ...(cluster.at === undefined ? [] : troubles(cluster, now))];
  const wrong = all.filter(({ level }) => level !== 'note').length;
  const nodes = `${count(cluster.nodes.length)} ${cluster.nodes.length === 1 ? 'node' : 'nodes'}`;
  set(verdict, { class: all.some(({ level }) => level === 'bad') ? 'bad' : wrong > 0 ? 'warn' : undefined });
  say(verdict, wrong > 0 ? `${count(wrong)} ${wrong === 1 ? 'thing is' : 'things are'} wrong` : cluster.at === undefined ? 'Asking the nodes …' : `Nothing is wrong: ${nodes}, every stage runs.`);
  const create = () => el('li', { 'data-testid': 'trouble' }, el('strong'), ' ', el('span'), ' ', el('a', {}));
  keyed(list, all, create, (item, { level, text, next, to }) => {
    const [what, then, link] = item.children;
    set(what, { class: level });
    say(what, text);
    say(then, next);
    link.hidden = to === undefined;
    set(link, { href: to && address(to) });
    say(link, to === undefined ? '' : `To ${to.replace('-', ' ')}`);
  });
}

/** All figures of one stage, node by node. */
function showStage(section, figures, cluster, stage) {
  section.hidden = stage === null;
  if (stage === null) {
    return;
  }
  say(section.firstChild, `${stage}, node by node`);
  const running = cluster.running(stage);
  const names = [...new Set(running.flatMap(({ figures: told }) => Object.keys(told?.[stage] ?? {})))];
  figures.head(['Figure', ...running.map(({ node }) => node)]);
  const rows = names.length > 0 ? names : ['figures'];
  figures.show(
    rows.map((name) => ({
      key: name,
      cells: [name, ...running.map(({ figures: told }) => ({ text: names.length === 0 ? 'not told' : many(told?.[stage]?.[name]), number: true }))],
    })),
  );
}

/** The points, with a hole wherever nobody looked for a while. */
function unbroken(points) {
  return points.flatMap((point, i) => (i > 0 && point.at - points[i - 1].at > BREAK ? [{ at: point.at - 1, values: {} }, point] : [point]));
}
