import { count, rate } from '../format.js';
import { lasting, STAGES } from './stages.js';

/** From when on the queue is said to be late, in ms, and how long a node that is gone is told of. */
const LATE = 30_000;
const GONE = 600_000;
/** How long a reading may last before it is said that what is shown is of then, in ms. */
const SILENT = 10_000;

/** What PostgreSQL, Kafka and Redis are called, and by which stage it is known that one doesn't answer. */
const BACKENDS = {
  'router kafka': {
    name: 'Kafka',
    effect: (c) => {
      const [used, limit] = [c.value('router', 'fallbackNow'), c.value('router', 'fallbackLimit')];
      const places = used === undefined || limit === undefined ? '' : `; ${count(used)} of ${count(limit)} places used`;
      return `ordinary events take the direct path${places}`;
    },
    next: 'Start Kafka, or mend the way to it. Once all places are used, ordinary events are refused with 503.',
  },
  'persistence postgresql': {
    name: 'PostgreSQL',
    effect: () => 'urgent events are refused with 503, ordinary ones wait in Kafka',
    next: 'Start PostgreSQL, or mend the way to it. What waits is committed by itself.',
  },
  'cache redis': {
    name: 'Redis',
    effect: () => 'entities are read from PostgreSQL',
    next: 'Start Redis, or mend the way to it. Nothing is lost meanwhile; reads cost more.',
  },
  'limits redis': {
    name: 'Redis',
    effect: () => 'each node counts rate limits by itself',
    next: 'Start Redis, or mend the way to it.',
  },
};

/** What nodes say of themselves when a part isn't well: what to do about it. */
const SETTINGS = 'Change it at that service; shared/docs/backing-services.md has the reasons. No node needs a restart.';

const NEXT = {
  postgresql: BACKENDS['persistence postgresql'].next,
  aggregate: 'The KPIs stand still until it goes on by itself; look at PostgreSQL first.',
  revocations: 'Tokens that are revoked now stay accepted on this node until it can read the revocations again.',
  keys: 'Tokens of this issuer are refused once its keys are too old: make its address answer.',
  limits: BACKENDS['limits redis'].next,
  retention: 'Nothing is lost; the disk holds more than it should. verticles/persistence/README.md says how events are removed.',
  'postgresql-settings': SETTINGS,
  'kafka-settings': SETTINGS,
  'redis-settings': SETTINGS,
};

const LEVELS = ['bad', 'warn', 'note'];

/**
 * What is wrong, the worst first, in words that say what to do next.
 *
 * @param {import('./cluster.js').Cluster} cluster
 * @param {number} now ms since 1970
 * @returns {{key: string, level: 'bad' | 'warn' | 'note', text: string, next: string, to?: string}[]} `to` names a view
 */
export function troubles(cluster, now) {
  const found = [
    ...missing(cluster),
    ...backends(cluster),
    ...problems(cluster),
    ...queue(cluster),
    ...refusals(cluster),
    ...tasks(cluster.sources, 'source', 'sources'),
    ...tasks(cluster.sinks, 'sink', 'sinks'),
    ...nodes(cluster, now),
  ];
  return found.sort((a, b) => LEVELS.indexOf(a.level) - LEVELS.indexOf(b.level));
}

/**
 * That nothing is known of the nodes, if so: what was read before may be wrong since.
 *
 * @param {import('./cluster.js').Cluster} cluster
 * @param {import('../console/reading.js').Reading} reading
 * @param {number} now ms since 1970
 */
export function unheard({ at }, { problem, since }, now) {
  if (problem === '' && !(now - since > SILENT)) {
    return [];
  }
  const last = at === undefined ? '' : ` They were last heard ${lasting(now - at)} ago; what stands here is of then.`;
  return [{ key: 'unheard', level: 'bad', text: `How the nodes are can’t be read.${last}`, next: problem || `Millrace has not answered for ${lasting(now - since)}.` }];
}

function missing(cluster) {
  return STAGES.filter(({ name }) => cluster.nodes.length > 0 && cluster.running(name).length === 0).map(({ name }) => ({
    key: `missing ${name}`,
    level: 'bad',
    text: `No node runs ${name}.`,
    next: 'Start a node with this stage; the others wait for it, or refuse what needs it.',
    to: 'cluster',
  }));
}

const open = (cluster, stage) => cluster.breakers(stage).filter(({ state }) => state > 0);

/** A service that several stages miss is told once. */
function backends(cluster) {
  const services = new Map();
  for (const breaker of ['router', 'persistence', 'cache', 'limits'].flatMap((stage) => open(cluster, stage))) {
    const known = services.get(breaker.backend) ?? { ms: 0, nodes: new Set(), missed: [] };
    known.ms = Math.max(known.ms, breaker.ms);
    breaker.nodes.forEach((node) => known.nodes.add(node));
    known.missed.push(BACKENDS[`${breaker.stage} ${breaker.backend}`]);
    services.set(breaker.backend, known);
  }
  return [...services].map(([backend, { ms, nodes, missed }]) => {
    const [first] = missed;
    const where = nodes.size < cluster.nodes.length ? ` (of ${[...nodes].join(', ')})` : '';
    return {
      key: `breaker ${backend}`,
      level: first?.name === 'Redis' ? 'warn' : 'bad',
      text: first
        ? `${first.name} has not answered for ${lasting(ms)}${where}; ${missed.map(({ effect }) => effect(cluster)).join('; ')}.`
        : `The handler ${backend} has not answered for ${lasting(ms)}; events that need it are refused.`,
      next: first?.next ?? 'Start the service behind this address, or look why it answers late.',
    };
  });
}

function problems(cluster) {
  const grouped = new Map();
  for (const { node, problems: told } of cluster.nodes) {
    for (const { part, message } of told) {
      const known = grouped.get(`${part} ${message}`) ?? { part, message, nodes: [] };
      known.nodes.push(node);
      grouped.set(`${part} ${message}`, known);
    }
  }
  // What a breaker has told with its time isn't told again.
  const told = new Set(open(cluster, 'persistence').map(({ backend }) => backend));
  open(cluster, 'limits').length > 0 && told.add('limits');
  return [...grouped.values()]
    .filter(({ part, message }) => !(told.has(part) && message.includes('answer')))
    .map(({ part, message, nodes }) => ({
      key: `problem ${part} ${message}`,
      level: part === 'node' ? 'note' : 'warn',
      text: `${part === 'node' ? 'A node is' : `${part}:`} ${message} (on ${nodes.join(', ')}).`,
      next: NEXT[part] ?? (part === 'node' ? 'A node that starts or drains is done within seconds.' : 'Its log says more.'),
      to: 'cluster',
    }));
}

function queue(cluster) {
  const oldest = cluster.value('queue', 'oldestMicros') / 1e3;
  const dead = cluster.value('queue', 'deadOpen');
  const late = oldest > LATE && {
    key: 'late',
    level: 'bad',
    text: `The oldest event of the queue has waited ${lasting(oldest)}; ${count(cluster.value('queue', 'depth') ?? 0)} events are in the queue.`,
    next: 'If PostgreSQL answers, look at the box persistence: add nodes with queue and persistence if commits are slow.',
  };
  const letters = dead > 0 && {
    key: 'dead',
    level: 'warn',
    text: `${count(dead)} ${dead === 1 ? 'dead letter waits' : 'dead letters wait'} for a decision.`,
    next: 'Look at their errors, then redrive or discard them.',
    to: 'dead-letters',
  };
  return [late, letters].filter(Boolean);
}

function refusals(cluster) {
  const told = (key, stage, figure, text, next, level = 'warn') => {
    const speed = cluster.rate(stage, figure);
    return speed > 0 ? [{ key, level, text: text(rate(speed)), next }] : [];
  };
  return [
    ...told('overloaded', 'ingest', 'overloaded', (n) => `Ingest refuses ${n} requests or events a second as overloaded.`, 'Senders come again; if it stays, add nodes, or look which stage waits.', 'bad'),
    ...told('fallback', 'router', 'fallbackRefused', (n) => `The direct path has no room for ${n} ordinary events a second: they are refused with 503.`, 'Bring Kafka back.', 'bad'),
    ...told('full', 'persistence', 'refused', (n) => `Persistence has no room for ${n} events a second.`, 'Look at the time of commits and at PostgreSQL.', 'bad'),
    ...told('slow', 'broadcast', 'slow', (n) => `${n} subscriptions a second fall behind, since their sockets are full.`, 'They read on from history. The connections say whose they are.'),
  ];
}

function tasks(all, what, view) {
  return all
    .filter(({ state }) => state === 'failing' || state === 'stopped')
    .map((task) => {
      const problem = task.nodes.map((node) => node.problem ?? node.lastError?.message).find(Boolean)?.replace(/^(failing|stopped): /, '');
      return {
        key: `${what} ${task[what]}`,
        level: task.state === 'stopped' ? 'bad' : 'warn',
        text: `The ${what} ${task[what]} ${task.state === 'stopped' ? 'has stopped' : 'fails'}${problem ? `: ${problem}` : '.'}`,
        next: task.state === 'stopped' ? 'It stays so until the cause is mended and the node restarted.' : 'It is started again by itself.',
        to: view,
      };
    });
}

function nodes(cluster, now) {
  const gone = [...cluster.gone].filter(([, at]) => now - at < GONE);
  const versions = new Set(cluster.nodes.map(({ version }) => version));
  return [
    ...gone.map(([node, at]) => ({
      key: `gone ${node}`,
      level: 'note',
      text: `The node ${node} is gone since ${lasting(now - at)}.`,
      next: 'If nobody stopped it, look at its log and at the machine.',
      to: 'cluster',
    })),
    ...(versions.size > 1
      ? [{ key: 'versions', level: 'note', text: `The nodes are of ${versions.size} versions: ${[...versions].join(', ')}.`, next: 'That is so during a release; afterwards, replace the old ones.', to: 'cluster' }]
      : []),
  ];
}
