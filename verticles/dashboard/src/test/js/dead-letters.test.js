import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  bars,
  criteria,
  difference,
  edit,
  fate,
  filter,
  inexact,
  left,
  meant,
  members,
  progress,
  query,
  stateOf,
  target,
  told,
  undoable,
} from '../../main/resources/META-INF/resources/dashboard/model/dead-letters.js';

const NOW = Date.parse('2026-01-31T09:37:11Z');
const count = String;

test('what the address says is what the API is asked for, since whole hours', () => {
  const params = new URLSearchParams('type=a:b&source=shop&since=hour&state=discarded&reason=&letter=7');
  const asked = criteria(params, NOW);
  assert.deepEqual(asked, { type: 'a:b', source: 'shop', from: '2026-01-31T08:00:00.000Z' });
  assert.equal(query(asked, stateOf(params), { limit: 5 }), 'type=a%3Ab&source=shop&from=2026-01-31T08%3A00%3A00.000Z&state=discarded&limit=5');
  const range = new URLSearchParams('from=2026-01-30T08:15&to=2026-01-31T09:30:00.5Z&since=hour');
  assert.deepEqual(criteria(range, NOW), { from: '2026-01-30T08:15:00Z', to: '2026-01-31T09:30:00.5Z' });
  assert.equal(stateOf(new URLSearchParams('')), 'dead');
  assert.equal(stateOf(new URLSearchParams('state=all')), undefined);
});

test('nobody decides about letters that die later: each filter has an end', () => {
  const now = '2026-01-31T09:37:11.000Z';
  assert.deepEqual(filter({}, NOW), { to: now });
  assert.deepEqual(filter({ act: '12', type: 'a:b' }, NOW), { type: 'a:b', act: 12, to: now });
  assert.deepEqual(filter({ from: '2026-01-30T08:15:00Z', to: '2026-01-31T09:30:00.5Z' }, NOW), { from: '2026-01-30T08:15:00Z', to: '2026-01-31T09:30:00.5Z' });
});

test('the difference of two values is told by where it is', () => {
  const before = { a: 1, b: { c: [1, 2], d: 'x' }, 'e/f~': true };
  const after = { a: 1, b: { c: [1, 3, 4] }, 'e/f~': false, g: null };
  assert.deepEqual(difference(before, after), [
    { pointer: '/b/c/1', before: 2, after: 3 },
    { pointer: '/b/c/2', before: undefined, after: 4 },
    { pointer: '/b/d', before: 'x', after: undefined },
    { pointer: '/e~1f~0', before: true, after: false },
    { pointer: '/g', before: undefined, after: null },
  ]);
  assert.deepEqual(difference(after, after), []);
  assert.deepEqual(difference({ a: [] }, { a: {} }), [{ pointer: '/a', before: [], after: {} }]);
});

test('an edit holds what was changed and nothing else', () => {
  const event = { data: { productId: 'p', difference: -1 }, expectedVersion: 99 };
  const same = { data: JSON.stringify(event.data), expectedVersion: '99', expiresAt: '' };
  assert.deepEqual(edit(event, same), { change: undefined, problem: '' });
  assert.deepEqual(edit(event, { ...same, expectedVersion: ' ' }).change, { metadata: { expectedVersion: null } });
  assert.deepEqual(edit(event, { ...same, data: '{"productId":"p"}', expiresAt: '2026-01-31T09:30:00Z' }).change, {
    data: { productId: 'p' },
    metadata: { expiresAt: '2026-01-31T09:30:00Z' },
  });
  assert.match(edit(event, { ...same, data: '{"productId":' }).problem, /^The data is no JSON: /);
  assert.match(edit(event, { ...same, expectedVersion: '-1' }).problem, /whole number/);
});

test('numbers that a browser would change are named', () => {
  assert.deepEqual(inexact('{"a":1.10,"b":-7,"c":"12345678901234567890","d":1e3,"e":1000000000000000000}'), []);
  assert.deepEqual(inexact('{"a":12345678901234567,"b":0.12345678901234567,"c":1e999}'), ['12345678901234567', '0.12345678901234567', '1e999']);
});

test('a schema is read as lines', () => {
  const schema = { required: ['id'], properties: { id: { type: 'string', maxLength: 9 }, tags: { type: 'array', items: { type: 'string' } }, of: true } };
  assert.deepEqual(members(schema), [
    { name: 'id', rule: 'string, maxLength 9', required: true },
    { name: 'tags', rule: 'array, of string', required: false },
    { name: 'of', rule: '', required: false },
  ]);
  assert.deepEqual(members(undefined), []);
});

test('acts are told as sentences', () => {
  const act = { id: 3, by: 'op', act: 'redrive', filter: { type: 'a:b' }, letters: 40, refused: 2, matched: 100, pace: 10, state: 'running' };
  assert.equal(told(act, count), 'op redrove 40 letters');
  assert.equal(progress(act, count), '40 of 100; 2 refused; 10 a second, 6 s left');
  assert.equal(progress({ ...act, state: 'stopped', refused: 0 }, count), 'stopped after 40 of 100');
  assert.equal(progress({ ...act, state: 'done', letters: 98 }, count), '98 of 100; 2 refused');
  assert.equal(told({ by: 'op', act: 'stop', filter: { act: 3 }, letters: 0 }, count), 'op stopped act 3');
  assert.equal(told({ by: 'x', act: 'denied', filter: {}, letters: 0, change: { tried: 'POST /' } }, count), 'x was denied POST /');
  assert.equal(meant({ ids: [7] }), 'letter 7');
  assert.equal(meant({ ids: [7, 8], reason: 'c' }), '2 letters by their ids, reason c');
  assert.equal(left(121), '3 min');
  assert.equal(left(100_000), '28 h');
});

test('only a discard that has ended can be undone', () => {
  assert.ok(undoable({ act: 'discard', letters: 1 }));
  assert.ok(!undoable({ act: 'discard', letters: 0 }));
  assert.ok(!undoable({ act: 'discard', letters: 1, state: 'running' }));
  assert.ok(!undoable({ act: 'redrive', letters: 1 }));
});

test('a letter says where it goes and what became of it', () => {
  assert.match(target({ stage: 'sources', source: 'github' }), /^the source github/);
  assert.match(target({ stage: 'queue', source: 'shop' }), /^the queue/);
  assert.equal(fate({ state: 'redriven', sequel: 'died_again' }), 'redriven, died again');
  assert.equal(fate({ state: 'dead', sequel: null }), 'dead');
});

test('a single letter among thousands is still seen', () => {
  assert.equal(bars([1000, 0, 1], 1, 3, 40, 20), 'M10.0 20v-20.0h9.5V20zM30.0 20v-1.5h9.5V20z');
  assert.equal(bars([], 0, 0, 40, 20), '');
});
