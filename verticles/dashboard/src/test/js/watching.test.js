import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ordersFilter } from '../../main/resources/META-INF/resources/dashboard/model/filter.js';
import { Online } from '../../main/resources/META-INF/resources/dashboard/model/online.js';
import { snowflake } from '../../main/resources/META-INF/resources/dashboard/model/bot.js';
import { Person } from '../../main/resources/META-INF/resources/dashboard/model/person.js';

const event = (type, data) => ({ timestamp: '2026-01-31T09:30:00Z', position: 'k:1', data: { id: 'e', type, data } });

test('no choice is not a valid filter', () => {
  assert.equal(ordersFilter({ country: '', atLeast: NaN }), undefined);
  assert.equal(ordersFilter({ country: '', atLeast: 0 }), undefined);
});

test('new orders pass by country and amount, and what becomes of one always does', () => {
  const created = { type: 'order:created', 'data.country': 'FR', 'data.total': { gte: 100 } };
  assert.deepEqual(ordersFilter({ country: 'FR', atLeast: 100 }), { or: [created, { not: { type: 'order:created' } }] });
});

test('who is online is whom the roll call found, and who has come and not gone since', () => {
  const online = new Online();
  online.apply(event('customer:online', { customerId: 'c1', customerName: 'Ada' }));
  online.called([{ user: 'c1', connections: 2, since: '2026-01-31T09:00:00Z' }, { user: 'c2', connections: 1, since: '2026-01-31T09:10:00Z' }]);
  online.apply(event('customer:offline', { customerId: 'c2' }));
  online.apply(event('customer:online', { customerId: 'c3' }));
  assert.deepEqual([...online.people.values()].map((p) => [p.name, p.connections]), [['Ada', 2], ['c3', 1]]);
});

test('a person is told what became of what they said', async () => {
  const answers = [Promise.resolve({ status: 'committed' }), Promise.reject({ code: 'permission_denied', message: 'no' })];
  const asked = [];
  const client = {
    transport: 'websocket',
    subscribe: (stream, wishes) => asked.push([stream, wishes.state, wishes.delta]) && { entities: [], close() {} },
    publish: (said) => asked.push(said) && answers.shift(),
  };
  const person = new Person(client, () => {});
  person.follow('g1');
  await person.say('moderation:warned', { userId: 'u' });
  assert.equal(person.said, 'moderation:warned: committed');
  await person.say('moderation:warned', { userId: 'u' });
  assert.equal(person.said, 'permission_denied: no');
  assert.deepEqual(asked[0], ['guild:g1', true, true]);
  assert.deepEqual(asked[1], { type: 'moderation:warned', data: { guildId: 'g1', userId: 'u' } });
});

test('a guild’s entities are told the newest first, however long their numbers', () => {
  const entities = ['99', '100', '20260131', '20260130'].map((id) => ({ kind: 'message', id, state: { content: id } }));
  const person = new Person({ subscribe: () => ({ entities, close() {} }) }, () => {});
  person.follow('g1');
  assert.deepEqual(person.all('message').map((m) => m.key), ['20260131', '20260130', '100', '99']);
});

test('who may see alerts of a guild and of Millrace itself has them in one list, the newest first', () => {
  const streams = new Map();
  const subscribe = (stream, { onEvent }) => streams.set(stream, onEvent) && { entities: [], close() {} };
  const person = new Person({ subscribe }, () => {});
  person.follow('g1');
  person.followAlerts('system');
  const tell = (stream, id, type, data) => {
    streams.get(stream)({ timestamp: '2026-01-31T09:30:00Z', position: 'k:1', data: { id, type, data } });
  };
  tell('guild:g1', 'e1', 'security:raid', { joins: 8 });
  tell('system', 'e2', 'system:alert', { title: 'dead letter', message: 'message:updated failed' });
  tell('system', 'e3', 'system:notification', { message: 'no alert' });
  assert.deepEqual(person.alerts.map((a) => [a.key, a.words]), [
    ['e2', 'message:updated failed'],
    ['e1', '8 accounts joined within a minute'],
  ]);
});

test('an id of Discord’s begins with the time, so that later ones are larger', () => {
  const [before, after] = [snowflake(1_462_015_105_796), snowflake(1_462_015_105_797)];
  assert.equal(BigInt(before) >> 22n, 175928847299117063n >> 22n);
  assert.ok(BigInt(after) > BigInt(before));
});
