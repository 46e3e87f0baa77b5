import { Cluster } from '../model/cluster.js';
import { Reading } from './reading.js';

/** As often as nodes tell how they are. */
const EVERY = 2_000;

/** What is known of the cluster since this page was opened: views come and go, and the charts keep what was. */
const cluster = new Cluster();

/**
 * Follows how the nodes are, for as long as a view is open.
 *
 * @param {import('./views.js').Context} context
 * @returns {{cluster: Cluster, reading: Reading}}
 */
export function followed({ token, changed }) {
  const reading = new Reading('/api/cluster', EVERY, token, (answer) => {
    answer && cluster.take(answer, Date.now());
    changed();
  });
  return { cluster, reading };
}
