import { el, say } from '../dom.js';
import { ago } from '../format.js';
import { table } from './table.js';
import { followed } from './whole-cluster.js';

/** A task runs where it does something; elsewhere it waits for the lease. */
const RUNS = new Set(['starting', 'running', 'failing']);

/** @type {import('./views.js').View} */
export const view = {
  name: 'cluster',
  title: 'Cluster',
  manage: ['cluster'],
  open(root, context) {
    const following = followed(context);
    const { cluster } = following;
    const note = el('p', { class: 'note', role: 'status' });
    const nodes = table(['Node', 'Version', 'Up since', 'Stages', 'What isn’t well'], 'nodes');
    const leases = table(['Lease', 'Kind', 'Held by', 'Ready to take over'], 'leases');
    const none = el('p', { class: 'note' });
    root.append(
      el('section', {}, el('h2', {}, 'Nodes'), note, nodes.root),
      el('section', {}, el('h2', {}, 'Who runs what'), none, leases.root),
    );
    return {
      show() {
        say(note, following.reading.problem || (cluster.at === undefined ? 'Asking the nodes …' : ''));
        note.hidden = note.textContent === '';
        nodes.show(cluster.nodes.map(row));
        const held = [...cluster.sources.map((task) => lease(task, 'source')), ...cluster.sinks.map((task) => lease(task, 'sink'))];
        leases.root.hidden = held.length === 0;
        say(none, held.length > 0 || cluster.at === undefined ? '' : 'There is no source and no sink.');
        leases.show(held);
      },
      close: () => following.reading.close(),
    };
  },
};

function row({ node, version, started, stages, problems, figures }) {
  const told = problems.map(({ part, message }) => (part === 'node' ? message : `${part}: ${message}`)).join('; ');
  const silent = figures === undefined ? 'tells no figures: an older release' : '';
  return {
    key: node,
    cells: [
      node,
      version,
      { text: ago(Date.parse(started)), title: started },
      stages.join(', '),
      { text: [told, silent].filter(Boolean).join('; ') || '–', level: told ? 'warn' : undefined },
    ],
  };
}

function lease(task, what) {
  const here = task.nodes.filter(({ state }) => RUNS.has(state)).map(({ node }) => node);
  const waiting = task.nodes.filter(({ state }) => state === 'waiting').map(({ node }) => node);
  return {
    key: `${what} ${task[what]}`,
    cells: [`${what} ${task[what]}`, task.kind, { text: here.join(', ') || 'nobody', level: here.length === 0 ? 'warn' : undefined }, waiting.join(', ') || '–'],
  };
}
