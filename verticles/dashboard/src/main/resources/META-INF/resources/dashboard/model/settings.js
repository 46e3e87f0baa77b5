/** How many nodes are asked for their settings: beyond them differences are of those that were. */
export const MOST_NODES = 16;

/**
 * The settings of several nodes beside each other: nodes that say the same are told once.
 *
 * @param {{node: string, settings: {setting: string, value?: string, default?: string, source: string, kind: string, range?: string}[]}[]} nodes
 * @returns {{key: string, kind: string, range: string, changed: boolean, differs: boolean,
 *     values: {value: string | undefined, source: string, nodes: string[]}[]}[]} in the order in which a node read them
 */
export function merged(nodes) {
  const rows = new Map();
  for (const { node, settings } of nodes) {
    for (const { setting, value, default: fallback, source, kind, range = '' } of settings) {
      const row = rows.get(setting) ?? { key: setting, kind, range, changed: false, differs: false, values: [] };
      const same = row.values.find((known) => known.value === value && known.source === source);
      same === undefined ? row.values.push({ value, source, nodes: [node] }) : same.nodes.push(node);
      // A list is written with spaces, or without.
      row.changed ||= kind === 'secret' ? source !== 'default' : plain(value) !== plain(fallback);
      rows.set(setting, row);
    }
  }
  // A setting that only some of them know, during a release, differs too.
  rows.forEach((row) => (row.differs = new Set(row.values.map(({ value }) => value)).size > 1));
  return [...rows.values()];
}

const plain = (value = '') => value.replaceAll(', ', ',');

/**
 * @param {string} words all of which have to be in its name, value or source
 * @param {boolean} changed only what isn't the default
 */
export function matching(rows, words, changed) {
  const all = words.toLowerCase().split(/\s+/).filter(Boolean);
  return rows.filter((row) => {
    const text = [row.key, ...row.values.flatMap(({ value = '', source }) => [value, source])].join(' ').toLowerCase();
    return (!changed || row.changed || row.differs) && all.every((word) => text.includes(word));
  });
}

/** What a setting is, as a table says it. */
export function words({ kind }, value) {
  if (kind === 'secret') {
    return 'never shown';
  }
  return value === undefined ? 'not set' : value === '' ? 'empty' : value;
}
