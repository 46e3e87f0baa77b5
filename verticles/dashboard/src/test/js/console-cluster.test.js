import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Cluster } from '../../main/resources/META-INF/resources/dashboard/model/cluster.js';
import { matching, merged, words } from '../../main/resources/META-INF/resources/dashboard/model/settings.js';
import { lasting, STAGES } from '../../main/resources/META-INF/resources/dashboard/model/stages.js';
import { troubles, unheard } from '../../main/resources/META-INF/resources/dashboard/model/troubles.js';

const ALL = STAGES.map(({ name }) => name);
const node = (name, figures, more = {}) => ({ node: name, version: '1', started: '2026-01-31T09:30:00Z', stages: ALL, problems: [], figures, ...more });
const reading = (...nodes) => ({ nodes, sources: [], sinks: [] });
const up = (upMs, figures) => ({ node: { upMs }, ...figures });
const read = (...readings) => {
  const cluster = new Cluster();
  readings.forEach((each, i) => cluster.take(each, 2_000 * i));
  return cluster;
};
const told = (cluster, now = 0) => troubles(cluster, now).map(({ text }) => text);

test('a rate is what the totals of all nodes grew by in the time that the nodes say', () => {
  const cluster = read(
    reading(node('a', up(1_000, { ingest: { accepted: 100 } })), node('b', up(50_000, { ingest: { accepted: 7 } }))),
    // The page read b twice before b spoke again: its clock says so.
    reading(node('a', up(3_000, { ingest: { accepted: 140 } })), node('b', up(50_000, { ingest: { accepted: 7 } }))),
    reading(node('a', up(5_000, { ingest: { accepted: 180 } })), node('b', up(54_000, { ingest: { accepted: 27 } }))),
  );
  assert.equal(cluster.rate('ingest', 'accepted'), 20 + 5);
});

test('a rate is of the last seconds, and a node that has come anew takes nothing away', () => {
  const steps = [0, 2, 4, 6, 8, 10, 12].map((s) => reading(node('a', up(1_000 * s, { ingest: { accepted: s < 4 ? 0 : 10 * (s - 4) } }))));
  const cluster = read(...steps, reading(node('a', up(14_000, { ingest: { accepted: 100 } })), node('b', up(10, { ingest: { accepted: 5 } }))));
  assert.equal(cluster.rate('ingest', 'accepted'), 10);
});

test('what no node tells is unknown and not 0, and of a figure that all tell the worst counts', () => {
  const cluster = read(reading(node('old', undefined), node('a', up(1, { queue: { depth: 5, oldestMicros: 9 } })), node('b', up(1, { queue: { depth: 4 } }))));
  assert.equal(cluster.value('queue', 'depth'), 5);
  assert.equal(cluster.value('queue', 'oldestMicros'), 9);
  assert.equal(cluster.value('cache', 'hits'), undefined);
  assert.equal(cluster.rate('queue', 'committed'), undefined);
  assert.equal(cluster.silent('queue'), true);
  assert.equal(read(reading(node('old', undefined))).value('queue', 'depth'), undefined);
  const lines = STAGES.flatMap(({ lines: of }) => of(read(reading(node('old', undefined)))).map((line) => [line].flat()[0]));
  assert.ok(lines.every((line) => !/\b0\b/.test(line)), lines.join('\n'));
});

test('an average is of the last seconds too', () => {
  const cluster = read(
    reading(node('a', up(0, { persistence: { commits: 1_000_000, commitMicros: 5 } }))),
    reading(node('a', up(2_000, { persistence: { commits: 1_000_010, commitMicros: 30_005 } }))),
  );
  assert.equal(cluster.mean('persistence', 'commitMicros', 'commits'), 3_000);
  assert.equal(cluster.mean('api', 'readMicros', 'reads'), undefined);
});

test('readings and points are bounded', () => {
  const cluster = new Cluster();
  for (let i = 0; i < 2_000; i++) {
    cluster.take(reading(node(`n${i}`, up(i, {}))), i);
  }
  assert.equal(cluster.points.length, 900);
  assert.equal(cluster.gone.size, 20);
});

test('nothing is wrong where nothing is', () => {
  const well = { router: { 'breaker.kafka': 0, 'breaker.kafka.ms': 0 }, queue: { deadOpen: 0 } };
  assert.deepEqual(told(read(reading(node('a', up(0, well))))), []);
});

test('where nothing is heard of the nodes that is told with since when, also before it is an error', () => {
  const cluster = read(reading(node('a', {})));
  const at = (now, more) => unheard(cluster, { problem: '', since: undefined, ...more }, now).map(({ level, text, next }) => [level, text, next]);
  assert.deepEqual(at(60_000), []);
  assert.deepEqual(at(12_000, { since: 2_000 }), []);
  assert.deepEqual(at(12_001, { since: 2_000 }), [
    ['bad', 'How the nodes are can’t be read. They were last heard 12 s ago; what stands here is of then.', 'Millrace has not answered for 10 s.'],
  ]);
  assert.equal(at(2_500, { since: 2_000, problem: 'too many wait' })[0][2], 'too many wait');
  const [never] = unheard(new Cluster(), { problem: 'no', since: 0 }, 100);
  assert.equal(never.text, 'How the nodes are can’t be read.');
});

test('a service that does not answer is told with since when, what happens meanwhile, and what to do', () => {
  const router = { 'breaker.kafka': 2, 'breaker.kafka.ms': 40_000, fallbackNow: 1_200, fallbackLimit: 2_000 };
  const [first] = troubles(read(reading(node('a', up(0, { router })))), 0);
  assert.equal(first.text, 'Kafka has not answered for 40 s; ordinary events take the direct path; 1,200 of 2,000 places used.');
  assert.match(first.next, /^Start Kafka/);
  assert.equal(first.level, 'bad');
});

test('a service that one of several nodes doesn’t reach is told with the node', () => {
  const cluster = read(reading(node('a', up(0, { cache: { 'breaker.redis': 1, 'breaker.redis.ms': 5_000 } })), node('b', up(0, { cache: { 'breaker.redis': 0 } }))));
  assert.deepEqual(told(cluster), ['Redis has not answered for 5 s (of a); entities are read from PostgreSQL.']);
});

test('a service that several stages miss is told once, though nodes say it in their words too', () => {
  const redis = { 'breaker.redis': 2, 'breaker.redis.ms': 5_000 };
  const problems = [{ part: 'limits', message: 'Redis does not answer: each node counts the rate limits by itself' }];
  const cluster = read(reading(node('a', up(0, { cache: redis, limits: redis }), { problems })));
  assert.deepEqual(told(cluster), ['Redis has not answered for 5 s; entities are read from PostgreSQL; each node counts rate limits by itself.']);
});

test('a handler, a stage without a node, dead letters, a late queue, failing sinks and nodes that are gone are told, the worst first', () => {
  const cluster = new Cluster();
  cluster.take(reading(node('a', undefined), node('b', undefined)), 0);
  const figures = up(0, { router: { 'breaker.service.check': 2, 'breaker.service.check.ms': 180_000 }, queue: { deadOpen: 1, depth: 12, oldestMicros: 60e6 } });
  cluster.take(
    {
      ...reading(node('a', figures, { stages: ALL.filter((stage) => stage !== 'cache') })),
      sinks: [{ sink: 'hooks/erp', state: 'failing', nodes: [{ node: 'a', state: 'failing', problem: 'no route to host' }] }],
    },
    1_000,
  );
  assert.deepEqual(told(cluster, 61_000), [
    'No node runs cache.',
    'The handler service.check has not answered for 3 min; events that need it are refused.',
    'The oldest event of the queue has waited 60 s; 12 events are in the queue.',
    '1 dead letter waits for a decision.',
    'The sink hooks/erp fails: no route to host',
    'The node b is gone since 61 s.',
  ]);
});

test('how long something lasts is told as people say it', () => {
  assert.deepEqual([0, 40_000, 119_000, 180_000, 7_500_000, 2e8].map(lasting), ['0 s', '40 s', '119 s', '3 min', '2 h 5 min', '2 days']);
});

const setting = (name, value, source, kind = 'duration') => ({ setting: name, value, default: '75s', source, kind, range: '1s to 1h' });

test('nodes that say the same of a setting are told once, and others beside each other', () => {
  const rows = merged([
    { node: 'a', settings: [setting('http.idle', '75s', 'default'), setting('http.port', '1', 'f:2')] },
    { node: 'b', settings: [setting('http.idle', '60s', 'f:3'), setting('http.port', '1', 'f:2')] },
  ]);
  assert.deepEqual(
    rows.map(({ key, differs, changed, values }) => [key, differs, changed, values.map(({ value, nodes }) => `${value} ${nodes}`)]),
    [
      ['http.idle', true, true, ['75s a', '60s b']],
      ['http.port', false, true, ['1 a,b']],
    ],
  );
  assert.deepEqual(matching(rows, 'IDLE  f:3', false).map(({ key }) => key), ['http.idle']);
  assert.equal(matching(rows, 'postgres', false).length, 0);
  assert.equal(matching(merged([{ node: 'a', settings: [setting('x', '75s', 'f:1')] }]), '', true).length, 0);
});

test('a secret is said to be one, and an empty value to be none', () => {
  assert.equal(words({ kind: 'secret' }, 'never sent'), 'never shown');
  assert.equal(words({ kind: 'text' }, undefined), 'not set');
});
