import { el, say } from '../dom.js';
import { table } from './table.js';
import { cells } from './tasks.js';
import { followed } from './whole-cluster.js';

/** @type {import('./views.js').View} */
export const view = {
  name: 'sources',
  title: 'Sources',
  manage: ['cluster'],
  open(root, context) {
    const following = followed(context);
    const { cluster } = following;
    const note = el('p', { class: 'note', role: 'status' });
    const sources = table(['Source', 'Kind', 'State', 'Node', 'Waiting', 'Last message', 'What is or was wrong'], 'sources');
    root.append(el('section', {}, el('h2', {}, 'Sources: what comes in from other systems'), note, sources.root));
    return {
      show() {
        const empty = cluster.sources.length === 0 ? 'There is no source: a file in conf/sources makes one.' : '';
        say(note, following.reading.problem || (cluster.at === undefined ? 'Asking the nodes …' : empty));
        note.hidden = note.textContent === '';
        sources.root.hidden = cluster.sources.length === 0;
        sources.show(cluster.sources.map((source) => ({ key: source.source, cells: [source.source, ...cells(source)] })));
      },
      close: () => following.reading.close(),
    };
  },
};
