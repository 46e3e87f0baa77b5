import assert from 'node:assert/strict';
import { test } from 'node:test';
import { behind, bytes, isSomebody, next, silence, span, streams, subscription, summary, tone } from '../../main/resources/META-INF/resources/dashboard/model/connections.js';
import { count, rate } from '../../main/resources/META-INF/resources/dashboard/format.js';

const live = { stream: 'orders', filtered: false, rate: 0, state: 'live', events: 0, millis: 0 };
const lagging = { ...live, state: 'lagging', events: 1_200, millis: 12_000 };
const of = (lag, ...subscriptions) => ({ lag: { millis: 0, events: 0, bytes: 0, ...lag }, subscriptions, streams: subscriptions.length });
const page = (shown, matched, unanswered = 0) => ({ connections: Array(shown).fill({}), matched, unanswered });

test('bytes and spans are read at a glance', () => {
  assert.deepEqual([0, 999, 1_000, 1_234_567, 5e12].map(bytes), ['0 B', '999 B', '1 kB', `${rate(1.2)} MB`, '5 TB']);
  assert.deepEqual([0, 420, 12_345, 150_000, 7_200_000, 200_000_000].map(span), ['0 ms', '420 ms', '12 s', '2 min', '2 h', '2 d']);
});

test('what a client has yet to read is a time, events and bytes', () => {
  assert.equal(behind({ millis: 12_345, events: 1_200, bytes: 512_000 }), `for 12 s · ${count(1_200)} events · 512 kB`);
  assert.equal(behind({ millis: 0, events: 0, bytes: 0 }), '–');
});

test('a client that lags is bad, one that catches up worth a look, and a moment is nothing', () => {
  assert.equal(tone(of({ millis: 12_000 }, lagging)), 'bad');
  assert.equal(tone(of({ millis: 12_000 }, { ...live, state: 'catching_up' })), 'warn');
  assert.equal(tone(of({ millis: 12_000 })), 'bad');
  assert.equal(tone(of({ millis: 1_000 }, lagging)), '');
  assert.equal(tone(of({}, live)), '');
});

test('a subscription says how it is limited, and where it is if it is not live', () => {
  assert.equal(subscription(live), 'orders');
  assert.equal(subscription({ ...lagging, filtered: true, rate: 0.5 }), `orders (filtered, ${rate(0.5)}/s, lagging, ${count(1_200)} behind)`);
  assert.equal(subscription({ ...live, state: 'catching_up' }), 'orders (catching up)');
  assert.equal(streams({ streams: 7, subscriptions: [lagging, live, live, live] }), `orders (lagging, ${count(1_200)} behind), orders, orders, and 4 more`);
  assert.equal(streams({ streams: 0, subscriptions: [] }), 'none');
});

test('it is said how many there are, which are shown, and who did not answer', () => {
  assert.equal(summary(page(3, 3), 0), '3 connections, the slowest first.');
  assert.equal(summary(page(1, 1), 0), '1 connection.');
  assert.equal(summary(page(50, 10_000), 50), `${count(10_000)} connections, 51 to 100 of the slowest.`);
  assert.equal(summary(page(0, 0, 2), 0), 'No connection is like that. 2 nodes did not answer: their connections are not here.');
});

test('there is a next page as far as the server shows any', () => {
  assert.equal(next(page(50, 120), 50), 100);
  assert.equal(next(page(20, 120), 100), undefined);
  assert.equal(next(page(50, 10_000), 950), undefined);
});

test('only somebody can be revoked', () => {
  assert.equal(isSomebody({ user: 'c-4', roles: ['customer'] }), true);
  assert.equal(isSomebody({ user: 'anonymous', roles: ['public'] }), false);
  assert.equal(isSomebody({ user: '', roles: [] }), false);
});

test('a panel without figures says why', () => {
  assert.match(silence({ acknowledge: 0, readTimes: [] }), /broadcast\.acknowledge/);
  assert.match(silence({ acknowledge: 100, readTimes: [] }), /one in 100/);
  assert.equal(silence({ acknowledge: 100, readTimes: [{}] }), '');
});
