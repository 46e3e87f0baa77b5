import { el, say } from '../dom.js';
import { Kpis } from '../kpis.js';
import '../parts/kpi-list.js';

/** @type {import('./views.js').View} */
export const view = {
  name: 'kpis',
  title: 'KPIs',
  manage: ['dead-letters', 'connections', 'revocations', 'cluster', 'sinks'],
  open(root, { client, token, changed }) {
    const kpis = new Kpis(token, changed);
    const note = el('p', { class: 'note', role: 'status' });
    const list = el('mr-kpi-list');
    root.append(el('section', {}, el('h2', {}, 'KPIs, as their streams tell them'), note, list));
    kpis.follow(client);
    kpis.again();
    return {
      show() {
        const none = kpis.stale ? 'They can’t be read now; it is tried again.' : 'No KPI may be seen by your roles.';
        say(note, kpis.all.length > 0 ? '' : kpis.at === undefined && !kpis.stale ? 'Asking …' : none);
        list.show(kpis);
      },
      close: () => kpis.close(),
    };
  },
};
