import assert from 'node:assert/strict';
import { test } from 'node:test';
import { differences, verb } from '../../main/resources/META-INF/resources/dashboard/model/changes.js';
import { outcomeWords, traceWords, verdict } from '../../main/resources/META-INF/resources/dashboard/model/delivery.js';
import { filterOf, historyPath, inUtc, ofUtc } from '../../main/resources/META-INF/resources/dashboard/model/search.js';
import { Tail } from '../../main/resources/META-INF/resources/dashboard/model/tail.js';
import { micros, span, waterfall } from '../../main/resources/META-INF/resources/dashboard/model/waterfall.js';

const message = (id, source = 'shop') => ({ type: 'update', timestamp: '2026-01-31T09:30:00Z', stream: 'orders', priority: 'high', data: { id, source, type: 'order:created', data: { total: 1 } } });
const ids = (tail) => tail.rows.map(({ id }) => id);

test('a tail has the latest events, the newest first, each once, and no more than it may', () => {
  const tail = new Tail(3);
  tail.add(message('2'));
  tail.add(message('2'));
  tail.add(message('2', 'till'));
  // What was loaded besides lies behind what has come since.
  tail.past([message('0'), message('1'), message('2')]);
  assert.deepEqual(ids(tail), ['2', '2', '1']);
  assert.equal(tail.count, 2);
  tail.add(message('3'));
  assert.deepEqual(ids(tail), ['3', '2', '2']);
});

test('a paused tail stays as it is, says how many came meanwhile, and goes on with the latest', () => {
  const tail = new Tail(2);
  tail.add(message('1'));
  tail.pause();
  ['2', '3', '4'].forEach((id) => tail.add(message(id)));
  assert.deepEqual([ids(tail), tail.paused, tail.missed], [['1'], true, 3]);
  tail.resume();
  assert.deepEqual([ids(tail), tail.paused, tail.missed], [['4', '3'], false, 0]);
});

test('a tail that is followed anew begins with the latest; a paused one stays, and says that it may not have had all', () => {
  const tail = new Tail();
  ['1', '2'].forEach((id) => tail.add(message(id)));
  const seen = tail.anew();
  seen.add(message('9'));
  seen.past([message('7'), message('8')]);
  assert.deepEqual([ids(seen), seen.count, seen.incomplete], [['9', '8', '7'], 1, false]);
  tail.pause();
  tail.add(message('3'));
  const paused = tail.anew();
  paused.add(message('9'));
  paused.past([message('7'), message('8')]);
  assert.deepEqual([ids(paused), paused.missed, paused.incomplete], [['2', '1'], 2, true]);
  paused.resume();
  assert.deepEqual(ids(paused), ['9', '8', '7']);
});

test('times are taken to the microsecond, and said as one reads them', () => {
  assert.equal(micros('2026-01-31T09:30:00.000005Z') - micros('2026-01-31T09:30:00Z'), 5);
  assert.equal(micros('2026-01-31T09:30:01.5Z') - micros('2026-01-31T09:30:00.499999Z'), 1_000_001);
  assert.deepEqual([900, 1_500, 12_345, 10_000_000, 600_000_000, 10_800_000_000].map(span), ['900 µs', '1.5 ms', '12.3 ms', '10.0 s', '10.0 min', '3.0 h']);
});

const at = (fraction) => `2026-01-31T09:30:00.${fraction}Z`;

test('each step of a journey is drawn from the end of the one before it, and deliveries from the commit on', () => {
  const journey = {
    path: 'queue',
    attempts: 2,
    stages: [
      { stage: 'ingest', outcome: 'accepted', at: at('000100') },
      { stage: 'queue', outcome: 'taken', at: at('000400') },
      { stage: 'persistence', outcome: 'committed', at: at('001100'), position: 'k:7' },
    ],
  };
  const deliveries = [
    { outcome: 'delivered', at: at('001600'), node: 'n-1', user: 'ada' },
    { outcome: 'filtered', node: 'n-1', user: 'bob' },
  ];
  const { rows, length } = waterfall(journey, deliveries);
  assert.deepEqual(
    rows.map(({ label, words, from, to, tone }) => [label, words, from, to, tone]),
    [
      ['ingest accepted', '', 0, 0, ''],
      ['queue taken', 'attempt 2', 0, 300, ''],
      ['persistence committed', 'queue path · position k:7', 300, 1_000, 'good'],
      ['broadcast delivered', 'n-1 · ada', 1_000, 1_500, 'good'],
    ],
  );
  assert.equal(length, 1_500);
});

test('a step of a clock that is behind another one ends where it begins; a failure says why', () => {
  const stages = [
    { stage: 'ingest', outcome: 'accepted', at: at('000500') },
    { stage: 'queue', outcome: 'dead', at: at('000200'), attempts: 5, code: 'version_conflict', detail: 'why' },
    { stage: 'queue', outcome: 'discarded', at: at('000900'), by: 'op' },
  ];
  const { rows } = waterfall({ stages });
  assert.deepEqual(rows.map(({ from, to }) => [from, to]), [[300, 300], [0, 0], [0, 700]]);
  assert.deepEqual(rows.map(({ words }) => words), ['', '5 failed attempts · version_conflict · why', 'by op']);
  assert.deepEqual(waterfall({ stages: [] }), { rows: [], length: 0 });
});

test('who got an event is said in a sentence, and each answer in words', () => {
  const of = (connections, delivered, ...traces) => verdict({ connections, outcomes: delivered > 0 ? [{ outcome: 'delivered', count: delivered }] : [], nodes: traces.map((trace) => ({ trace })) });
  assert.equal(of(12, 3, 'matched'), '3 of 12 connections got it.');
  assert.equal(of(12, 0, 'unmatched', 'not_followed'), 'No subscription matched it: none of 12 connections got it.');
  assert.equal(of(12, 0, 'unmatched', 'matched'), 'None of 12 connections got it; one that is gone did.');
  assert.equal(of(12, 0, 'forgotten'), '0 of 12 connections got it.');
  assert.equal(of(0, 0, 'unmatched'), 'Nobody is connected now.');
  assert.match(outcomeWords('filtered').why, /filter doesn’t match/);
  assert.deepEqual(outcomeWords('new_one'), { name: 'new_one', why: '' });
  assert.match(traceWords('unmatched'), /no subscription/);
});

test('a change is told field by field, made, changed, removed, nested ones by their path', () => {
  assert.deepEqual(differences({ after: { status: 'paid', note: null, at: { city: 'Bonn' } }, before: { status: 'open', note: 'x', at: { city: null } } }), [
    { field: 'status', before: 'open', after: 'paid' },
    { field: 'note', before: 'x', after: undefined },
    { field: 'at.city', before: undefined, after: 'Bonn' },
  ]);
  assert.deepEqual(differences({ after: null, before: { a: 1 } }), [{ field: 'a', before: '1', after: undefined }]);
  assert.deepEqual(differences({ after: { list: [1] } }), [{ field: 'list', before: undefined, after: '[1]' }]);
  assert.deepEqual([{ after: {}, before: null }, { after: null, before: {} }, { after: {}, before: {} }, { after: {} }].map(verb), ['made', 'deleted', 'changed', 'changed']);
});

test('a change of very many fields, or of long ones, is told in part', () => {
  const after = Object.fromEntries(Array.from({ length: 100 }, (_, i) => [`f${i}`, 'y'.repeat(1_000)]));
  const told = differences({ after, before: {} });
  assert.equal(told.length, 41);
  assert.equal(told[40].field, '… 60 more');
  assert.equal(told[0].after.length, 161);
});

test('a search is a filter of the product, and its path says how far back', () => {
  const trace = '4bf92f3577b34da6a3ce929d0e0e4736';
  assert.deepEqual(filterOf('source', ' shop/eu '), { source: 'shop/eu' });
  assert.deepEqual(filterOf('trace', trace.toUpperCase()), { 'metadata.traceparent': { prefix: `00-${trace}-` } });
  assert.deepEqual(filterOf('trace', `00-${trace}-00f067aa0ba902b7-01`), { 'metadata.traceparent': `00-${trace}-00f067aa0ba902b7-01` });
  assert.deepEqual(filterOf('filter', '{"data.total":{"gt":5}}'), { 'data.total': { gt: 5 } });
  assert.equal(filterOf('filter', ' '), undefined);
  for (const wrong of ['total > 5', '[]', 'null', '7']) {
    assert.throws(() => filterOf('filter', wrong), /JSON object/);
  }
  assert.equal(historyPath('room:4 2', { source: 'a&b' }, 20, 'k1:7'), '/api/streams/room%3A4%202/events?last=20&before=k1%3A7&filter=%7B%22source%22%3A%22a%26b%22%7D');
  assert.equal(historyPath('orders', undefined, 5), '/api/streams/orders/events?last=5');
});

test('a time that is asked for is of UTC, wherever the browser is', (t) => {
  const { TZ } = process.env;
  t.after(() => (TZ === undefined ? delete process.env.TZ : (process.env.TZ = TZ)));
  process.env.TZ = 'Asia/Kolkata';
  assert.equal(ofUtc('2026-01-31T09:30'), '2026-01-31T09:30:00.000Z');
  assert.equal(ofUtc(''), undefined);
  assert.deepEqual(['2026-01-31T09:30:00.000Z', '2026-01-31T15:00:00+05:30', 'k1:7', undefined].map(inUtc), ['2026-01-31T09:30:00', '2026-01-31T09:30:00', '', '']);
});
