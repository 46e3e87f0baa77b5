import { count, rate, share } from '../format.js';

/** What isn't known, as the console says it. */
export const UNKNOWN = 'unknown';

export const perSecond = (value) => (value === undefined ? UNKNOWN : `${rate(value)}/s`);
export const many = (value) => (value === undefined ? UNKNOWN : count(value));

/** @param {number | undefined} micros */
export function short(micros) {
  if (micros === undefined) {
    return '–';
  }
  return micros < 1e6 ? `${rate(micros / 1e3)} ms` : lasting(micros / 1e3);
}

/** "40 s", "3 min", "2 h 5 min": how long something has been so. */
export function lasting(ms) {
  const seconds = Math.round(ms / 1e3);
  if (seconds < 120) {
    return `${seconds} s`;
  }
  const minutes = Math.floor(seconds / 60);
  const hours = Math.floor(minutes / 60);
  return minutes < 120 ? `${minutes} min` : hours < 48 ? `${hours} h ${minutes % 60} min` : `${Math.floor(hours / 24)} days`;
}

const sum = (...values) => (values.every((value) => value === undefined) ? undefined : values.reduce((a, b) => a + (b ?? 0), 0));

/**
 * The stages in event order: what each one's box says, by a {@link import('./cluster.js').Cluster}. A line is a text, or a text
 * and how bad it is.
 *
 * @type {{name: string, lines: (cluster: import('./cluster.js').Cluster) => (string | [string, 'warn' | 'bad' | ''])[]}[]}
 */
export const STAGES = [
  {
    name: 'sources',
    lines: (c) => [
      `in ${perSecond(c.rate('sources', 'messages') ?? (c.silent('sources') ? undefined : 0))}`,
      tasks(c.sources, 'source'),
    ],
  },
  {
    name: 'ingest',
    lines: (c) => [
      `in ${perSecond(sum(...['accepted', 'duplicates', 'expired', 'refused'].map((figure) => c.rate('ingest', figure))))}`,
      `accepted ${perSecond(c.rate('ingest', 'accepted'))}`,
      [`refused ${perSecond(c.rate('ingest', 'refused'))}`, c.rate('ingest', 'refused') > 0 ? 'warn' : ''],
      `waiting ${many(c.value('ingest', 'waiting'))} · answer ${short(c.mean('ingest', 'requestMicros', 'requests'))}`,
    ],
  },
  {
    name: 'router',
    lines: (c) => [
      `urgent ${perSecond(c.rate('router', 'direct'))}`,
      `queued ${perSecond(c.rate('router', 'queued'))}`,
      [`fallback ${many(c.value('router', 'fallbackNow'))} of ${many(c.value('router', 'fallbackLimit'))}`, c.rate('router', 'fallback') > 0 ? 'warn' : ''],
      [`failed ${perSecond(c.rate('router', 'failed'))}`, c.rate('router', 'failed') > 0 ? 'warn' : ''],
    ],
  },
  {
    name: 'queue',
    lines: (c) => [
      `out ${perSecond(c.rate('queue', 'committed'))}${c.rate('queue', 'retried') > 0 ? ` · retry ${perSecond(c.rate('queue', 'retried'))}` : ''}`,
      `depth ${many(c.value('queue', 'depth'))}`,
      `oldest ${short(c.value('queue', 'oldestMicros') ?? undefined)}`,
      [`dead letters ${many(c.value('queue', 'deadOpen'))}`, c.value('queue', 'deadOpen') > 0 ? 'warn' : ''],
    ],
  },
  {
    name: 'persistence',
    lines: (c) => [
      `in ${perSecond(c.rate('persistence', 'events'))}`,
      `commit ${short(c.mean('persistence', 'commitMicros', 'commits'))}`,
      `pool wait ${short(c.mean('persistence', 'poolMicros', 'poolWaits'))}`,
      `waiting ${many(c.value('persistence', 'waiting'))}`,
    ],
  },
  {
    name: 'broadcast',
    lines: (c) => [
      `out ${perSecond(c.rate('broadcast', 'deliveries'))}`,
      `connections ${many(c.value('broadcast', 'connections'))}`,
      [`slow ${perSecond(c.rate('broadcast', 'slow'))}`, c.rate('broadcast', 'slow') > 0 ? 'warn' : ''],
      `to the socket ${short(c.mean('broadcast', 'deliveryMicros', 'delivered'))}`,
    ],
  },
  {
    name: 'sinks',
    lines: (c) => [
      `out ${perSecond(c.rate('sinks', 'sent') ?? (c.silent('sinks') ? undefined : 0))}`,
      `waiting ${many(c.value('sinks', 'lag') ?? (c.silent('sinks') ? undefined : 0))}`,
      tasks(c.sinks, 'sink'),
    ],
  },
  {
    name: 'aggregate',
    lines: (c) => [
      `in ${perSecond(c.rate('aggregate', 'events'))}`,
      `streams waiting ${many(c.value('aggregate', 'waiting'))}`,
    ],
  },
  {
    name: 'cache',
    lines: (c) => [
      `reads ${perSecond(sum(c.rate('cache', 'hits'), c.rate('cache', 'misses')))}`,
      `hits ${hits(c.value('cache', 'hits'), c.value('cache', 'misses'))}`,
    ],
  },
  {
    name: 'api',
    lines: (c) => [`reads ${perSecond(c.rate('api', 'reads'))}`, `answer ${short(c.mean('api', 'readMicros', 'reads'))}`],
  },
  { name: 'dashboard', lines: () => ['the pages'] },
];

function hits(found, missed) {
  if (found === undefined) {
    return UNKNOWN;
  }
  return found + missed === 0 ? '–' : share(found / (found + missed));
}

function tasks(all, what) {
  const wrong = all.filter(({ state }) => state === 'failing' || state === 'stopped').length;
  if (wrong > 0) {
    return [`${wrong} of ${all.length} ${what}s wrong`, 'bad'];
  }
  return all.length === 0 ? `no ${what}` : `${all.length} ${all.length === 1 ? what : `${what}s`}`;
}
