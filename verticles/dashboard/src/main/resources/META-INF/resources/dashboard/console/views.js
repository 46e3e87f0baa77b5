import { view as alerts } from './alerts.js';
import { view as cluster } from './cluster.js';
import { view as configuration } from './configuration.js';
import { view as connections } from './connections.js';
import { view as deadLetters } from './dead-letters.js';
import { view as events } from './events.js';
import { view as kpis } from './kpis.js';
import { view as overview } from './overview.js';
import { view as sinks } from './sinks.js';
import { view as sources } from './sources.js';

/**
 * The views of the console in the order of their tabs.
 *
 * @typedef {object} View
 * @property {string} name in the address: `/console#NAME?param=value`
 * @property {string} title on its tab
 * @property {string[]} manage whoever manages one of these parts of Millrace has the view
 * @property {(root: HTMLElement, context: Context) => Shown} open fills `root`, and returns what is open
 *
 * @typedef {object} Context
 * @property {import('/client/millrace.d.ts').Millrace} client
 * @property {() => string | undefined | Promise<string | undefined>} token
 * @property {() => void} changed asks for a painting soon
 * @property {import('../catalog.js').Catalog} catalog
 * @property {URLSearchParams} params of the address
 *
 * @typedef {object} Shown
 * @property {() => void} [show] paints; called once a second too
 * @property {(params: URLSearchParams) => void} [params] other parameters; without it the view is opened anew
 * @property {() => void} [close] ends what runs: subscriptions, timers
 */

/** @type {View[]} */
export const VIEWS = [overview, events, deadLetters, connections, sources, sinks, kpis, cluster, configuration, alerts];
