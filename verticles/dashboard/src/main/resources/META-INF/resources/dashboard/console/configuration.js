import { read } from '../api.js';
import { el, keyed, say, set } from '../dom.js';
import { matching, merged, MOST_NODES, words } from '../model/settings.js';

/** @type {import('./views.js').View} */
export const view = {
  name: 'configuration',
  title: 'Configuration',
  manage: ['cluster'],
  open(root, { token, changed }) {
    const note = el('p', { class: 'note', role: 'status' });
    const find = el('input', { type: 'search', 'data-testid': 'find-setting', 'aria-label': 'Words of a setting', placeholder: 'redis timeout' });
    const altered = el('input', { type: 'checkbox', 'data-testid': 'altered' });
    const again = el('button', { type: 'button', class: 'plain' }, 'Read again');
    const body = el('tbody');
    const head = el('tr', {}, ...['Setting', 'Value', 'From'].map((name) => el('th', { scope: 'col' }, name)));
    const known = { rows: [], nodes: 0, of: 0, problem: 'Asking the nodes …', open: true };

    async function load() {
      try {
        const { nodes } = await read('/api/cluster', token());
        const asked = nodes.slice(0, MOST_NODES);
        const answers = await Promise.allSettled(asked.map(({ node }) => read(`/api/configuration?node=${encodeURIComponent(node)}`, token())));
        const told = answers.filter(({ status }) => status === 'fulfilled').map(({ value }) => value);
        const refused = answers.filter(({ status }) => status === 'rejected').map(({ reason }) => reason.message);
        Object.assign(known, { rows: merged(told), nodes: told.length, of: nodes.length, problem: refused.join('; ') });
      } catch (e) {
        known.problem = e.status === undefined ? 'Millrace can’t be reached.' : e.message;
      }
      changed();
    }

    function show() {
      const rows = matching(known.rows, find.value, altered.checked);
      const differ = known.rows.filter(({ differs }) => differs).length;
      const counted = known.rows.length === 0 ? '' : `${rows.length} of ${known.rows.length} settings; ${known.nodes} of ${known.of} nodes`;
      say(note, [counted, differ > 0 ? `${differ} differ between nodes` : '', known.problem].filter(Boolean).join('. '));
      const create = ({ key, kind, range }) => el('tr', { 'data-testid': 'setting' }, el('td', {}, key, el('small', { class: 'aside' }, ` ${[kind, range].filter(Boolean).join(', ')}`)), el('td'), el('td'));
      keyed(body, rows, create, draw);
    }

    find.addEventListener('input', changed);
    altered.addEventListener('change', changed);
    again.addEventListener('click', load);
    root.append(
      el(
        'section',
        {},
        el('h2', {}, 'Settings that count, and where each comes from'),
        el('div', { class: 'tools' }, find, el('label', {}, altered, ' only what isn’t the default'), again),
        note,
        el('div', { class: 'table' }, el('table', { 'data-testid': 'settings' }, el('thead', {}, head), body)),
      ),
    );
    load();
    return { show };
  },
};

/** One line a value: nodes that say otherwise are told below. */
function draw(row, setting) {
  const [, value, source] = row.children;
  set(row, { class: setting.differs ? 'differs' : undefined });
  const items = setting.values.map((each, i) => ({ key: i, ...each }));
  keyed(value, items, () => el('div'), (line, each) => {
    say(line, words(setting, each.value));
    set(line, { class: setting.changed ? undefined : 'aside' });
  });
  const where = (each) => (setting.values.length > 1 ? `${each.source} (${each.nodes.join(', ')})` : each.source);
  keyed(source, items, () => el('div'), (line, each) => say(line, where(each)));
}
