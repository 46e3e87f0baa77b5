import assert from 'node:assert/strict';
import { test } from 'node:test';
import { mergePatch } from '../../main/js/entities.js';
import { fakeWorld, FakeSocket, settle } from './fakes.js';

const FILTER = { 'data.country': 'FR', 'data.total': { gte: 100 } };

async function following(handlers, position = 'k1:0') {
  const world = fakeWorld();
  const [seen, resets, entities] = [[], [], []];
  const orders = world.client.subscribe('orders', {
    onEvent: (m) => seen.push(m.position),
    onReset: (reason) => resets.push(reason),
    onEntity: (e) => entities.push(e),
    ...handlers,
  });
  await settle();
  const socket = FakeSocket.last;
  socket.welcome();
  if (position !== undefined) {
    socket.subscribed(position);
  }
  return { ...world, orders, seen, resets, entities, socket };
}

const order = (n, change) => ({ entity: { kind: 'order', id: 'o1' }, version: n, ...change });

const superseded = (socket, n, data) =>
  socket.say({ type: 'update', stream: 'orders', position: `k1:${n}`, superseded: true, data: { id: `e${n}`, type: 'order:created', ...data } });

test('what is asked for is sent', async () => {
  const { socket } = await following({ filter: FILTER, delta: true, rate: 10, slow: 'conflate', after: 'beginning' });
  const { id, ...asked } = socket.asked('subscribe');
  assert.deepEqual(asked, { type: 'subscribe', stream: 'orders', filter: FILTER, delta: true, rate: 10, slow: 'conflate', after: 'beginning' });
});

test('what the server says is removed is no entity any more, told once', async () => {
  const { socket, entities, orders } = await following({ state: true }, undefined);
  socket.subscribed('k1:4');
  const state = { kind: 'order', id: 'o1', version: 3, state: { n: 1 } };
  socket.say({ type: 'state', stream: 'orders', position: 'k1:4', entities: [state], more: false });
  assert.equal(orders.entities.get('order', 'o1').version, 3);
  const removed = { type: 'removed', stream: 'orders', position: 'k1:5', entity: { kind: 'order', id: 'o1' } };
  socket.say(removed);
  socket.say(removed);
  socket.say({ ...removed, position: 'k1:6', entity: { kind: 'order', id: 'unknown' } });
  assert.equal(orders.entities.get('order', 'o1'), undefined);
  assert.deepEqual(entities, [{ kind: 'order', id: 'o1', version: 3, state: null }]);
  assert.equal(orders.position, 'k1:6');
});

test('who has entities hears of what leaves after a drop, too', async () => {
  const { clock, socket } = await following({ state: true, filter: FILTER }, undefined);
  socket.subscribed('k1:4');
  socket.say({ type: 'state', stream: 'orders', position: 'k1:4', entities: [], more: false });
  socket.end(1006);
  await clock.advance(250);
  FakeSocket.last.welcome();
  const { id, ...asked } = FakeSocket.last.asked('subscribe');
  assert.deepEqual(asked, { type: 'subscribe', stream: 'orders', filter: FILTER, removed: true, after: 'k1:4' });
});

test('another filter replaces the first while events go on, and is asked for again after a drop', async () => {
  const { clock, socket, orders, seen, client } = await following({ rate: 5 });
  socket.event(1);
  orders.replace({ filter: FILTER });
  const { id, ...asked } = socket.asked('subscribe');
  assert.deepEqual(asked, { type: 'subscribe', stream: 'orders', filter: FILTER, rate: 5 });
  socket.event(2);
  socket.subscribed('k1:2');
  socket.event(3);
  assert.deepEqual(seen, ['k1:1', 'k1:2', 'k1:3']);
  assert.equal(client.state.name, 'live');
  socket.end(1006);
  await clock.advance(250);
  FakeSocket.last.welcome();
  assert.deepEqual(FakeSocket.last.asked('subscribe').filter, FILTER);
  assert.equal(FakeSocket.last.asked('subscribe').after, 'k1:3');
});

test('a filter that is refused leaves the one before', async () => {
  const errors = [];
  const { clock, socket, orders, seen } = await following({ onError: (e) => errors.push(e.code) });
  orders.replace({ filter: { 'data.country': ['FR'] } });
  socket.say({ type: 'error', id: socket.asked('subscribe').id, code: 'bad_message', message: 'say in' });
  socket.event(1);
  socket.end(1006);
  await clock.advance(250);
  FakeSocket.last.welcome();
  assert.deepEqual([errors, seen, FakeSocket.last.asked('subscribe').filter], [['bad_message'], ['k1:1'], undefined]);
});

test('a stream that the server ends is told to its handler, and is not live any more', async () => {
  const errors = [];
  const { socket, seen, orders } = await following({ onError: (e) => errors.push(e.code) });
  socket.say({ type: 'error', stream: 'orders', code: 'permission_denied', message: 'your token opens it no longer' });
  socket.event(1);
  assert.deepEqual([errors, seen, orders.caughtUp], [['permission_denied'], [], true]);
});

test('replaced from a position, nothing of the subscription before is taken any more', async () => {
  const { socket, orders, seen } = await following({});
  socket.event(5);
  orders.replace({ filter: FILTER, after: 'k1:2' });
  socket.event(6);
  assert.equal(socket.asked('subscribe').after, 'k1:2');
  socket.subscribed('k1:2');
  socket.event(3);
  assert.deepEqual(seen, ['k1:5', 'k1:3']);
});

test('state comes first, in parts, and changes follow it', async () => {
  const loads = [];
  const { socket, orders, entities, client } = await following({ state: true, delta: true, onLoad: (e) => loads.push([...e].length) });
  assert.equal(socket.asked('subscribe').state, true);
  assert.equal(client.state.name, 'catching up');
  const part = (ids, more) =>
    socket.say({ type: 'state', stream: 'orders', position: 'k1:7', entities: ids.map((id) => ({ kind: 'order', id, version: 1, state: { id, total: 5 } })), more });
  part(['o1', 'o2'], true);
  assert.deepEqual([loads, orders.entities.size], [[], 0]);
  part(['o3'], false);
  assert.deepEqual([loads, client.state.name, orders.position], [[3], 'live', 'k1:7']);
  socket.event(8, order(2, { patch: { total: 6, note: { by: 'x' } } }));
  socket.event(9, order(3, { patch: { note: null } }));
  assert.deepEqual(orders.entities.get('order', 'o1'), { kind: 'order', id: 'o1', version: 3, state: { id: 'o1', total: 6 } });
  socket.event(10, order(4, { state: null }));
  assert.equal(orders.entities.get('order', 'o1'), undefined);
  assert.deepEqual(entities.map((e) => e.version), [2, 3, 4]);
  assert.equal(entities.at(-1).state, null);
});

test('after a drop the state is not asked for again, unless the stream could not be resumed', async () => {
  const { clock, socket, resets, orders } = await following({ state: true, delta: true });
  socket.say({ type: 'state', stream: 'orders', position: 'k1:7', entities: [], more: false });
  socket.end(1006);
  await clock.advance(250);
  const second = FakeSocket.last;
  second.welcome();
  assert.deepEqual([second.asked('subscribe').state, second.asked('subscribe').after], [undefined, 'k1:7']);
  second.subscribed('k2:0', { recovered: false });
  assert.deepEqual(resets, ['not_recovered']);
  assert.deepEqual([second.asked('subscribe').state, second.asked('subscribe').after], [true, undefined]);
  second.subscribed('k2:0');
  second.say({ type: 'state', stream: 'orders', position: 'k2:3', entities: [{ kind: 'order', id: 'o9', version: 1, state: {} }], more: false });
  assert.deepEqual([orders.entities.size, orders.position], [1, 'k2:3']);
});

test('a patch is of what was last told, however many versions are between', async () => {
  const { socket, entities, orders } = await following({ delta: true, rate: 1 });
  socket.event(1, order(1, { state: { total: 1, note: 'a' } }));
  socket.event(5, order(5, { patch: { total: 5 } }));
  socket.event(9, order(17, { patch: { note: null } }));
  assert.equal(socket.sent.filter((m) => m.type === 'subscribe').length, 1);
  assert.deepEqual(entities.map((e) => e.version), [1, 5, 17]);
  assert.deepEqual(orders.entities.get('order', 'o1').state, { total: 5 });
});

test('a patch of an entity that is not here is asked for anew, and no event is lost by it', async () => {
  const { socket, seen, entities, orders } = await following({ delta: true });
  socket.event(1);
  socket.event(2, order(3, { patch: { total: 3 } }));
  assert.equal(socket.asked('subscribe').after, 'k1:1');
  socket.event(3, order(4, { patch: { total: 4 } }));
  socket.subscribed('k1:1');
  socket.event(2, order(3, { state: { total: 3 } }));
  socket.event(3, order(4, { patch: { total: 4 } }));
  assert.deepEqual([seen, entities.map((e) => e.version)], [['k1:1', 'k1:2', 'k1:3'], [3, 4]]);
  assert.deepEqual(orders.entities.get('order', 'o1').state, { total: 4 });
});

for (const change of [{ state: { total: 1 } }, { patch: { total: 1 } }, { state: null }]) {
  test(`an event that was superseded is told and changes nothing: ${JSON.stringify(change)}`, async () => {
    const { socket, seen, entities, orders } = await following({ delta: true });
    socket.event(1, order(2, { state: { total: 2 } }));
    superseded(socket, 2, order(2, change));
    assert.deepEqual([seen, entities.length], [['k1:1', 'k1:2'], 1]);
    assert.deepEqual(orders.entities.get('order', 'o1').state, { total: 2 });
  });
}

test('a deletion that came first is not undone by the creation that it overtook', async () => {
  const { socket, orders } = await following({ delta: true });
  socket.event(1, order(1, { state: null }));
  superseded(socket, 2, order(1, { state: { total: 1 } }));
  assert.equal(orders.entities.size, 0);
});

test('patches are merged as RFC 7396 says', () => {
  for (const [target, patch, result] of [
    [{ a: 'b' }, { a: 'c' }, { a: 'c' }],
    [{ a: 'b' }, { b: 'c' }, { a: 'b', b: 'c' }],
    [{ a: 'b' }, { a: null }, {}],
    [{ a: ['b'] }, { a: 'c' }, { a: 'c' }],
    [{ a: 'c' }, { a: ['b'] }, { a: ['b'] }],
    [{ a: { b: 'c' } }, { a: { b: 'd', c: null } }, { a: { b: 'd' } }],
    [{ a: [{ b: 'c' }] }, { a: [1] }, { a: [1] }],
    [['a', 'b'], ['c', 'd'], ['c', 'd']],
    [{ a: 'b' }, ['c'], ['c']],
    [{ a: 'foo' }, null, null],
    [{ a: 'foo' }, 'bar', 'bar'],
    [{ e: null }, { a: 1 }, { e: null, a: 1 }],
    [[1, 2], { a: 'b', c: null }, { a: 'b' }],
    [{}, { a: { bb: { ccc: null } } }, { a: { bb: {} } }],
  ]) {
    assert.deepEqual(mergePatch(target, patch), result);
  }
});

test('a field called __proto__ is a field', () => {
  const merged = mergePatch({}, JSON.parse('{"__proto__":{"admin":true}}'));
  assert.equal(merged.admin, undefined);
  assert.equal(JSON.stringify(merged), '{"__proto__":{"admin":true}}');
});

/** The last that it says of itself after a drop, once the server has answered so and sent these events. */
async function cameBack(position, more, events) {
  const all = [];
  const world = fakeWorld({ onState: (s) => all.push(s) });
  world.client.subscribe('orders', {});
  await settle();
  FakeSocket.last.welcome();
  FakeSocket.last.subscribed('k1:0');
  FakeSocket.last.end(1006);
  await world.clock.advance(250);
  FakeSocket.last.welcome();
  FakeSocket.last.subscribed(position, more);
  events.forEach((n) => FakeSocket.last.event(n));
  return all.at(-1);
}

test('what was missed is told when it is live again', async () => {
  const resumed = { events: 2, lost: false, away: 250 };
  assert.deepEqual(await cameBack('k1:2', {}, [1, 2, 3]), { name: 'live', text: 'live', resumed });
});

test('what could not be resumed is told too', async () => {
  const { resumed } = await cameBack('k2:9', { recovered: false }, []);
  assert.equal(resumed.lost, true);
});

test('a resume behind removed events is told once, and goes on with what is kept', async () => {
  const { clock, socket, seen, resets, orders } = await following();
  socket.event(1);
  socket.end(1006);
  await clock.advance(250);
  const second = FakeSocket.last;
  second.welcome();
  second.subscribed('k1:1', { head: 'k1:9', recovered: false, reason: 'history' });
  second.say({ type: 'gap', stream: 'orders', from: 'k1:2', to: 'k1:6', reason: 'history' });
  [7, 8, 9].forEach((n) => second.event(n));
  assert.deepEqual(resets, ['history']);
  assert.deepEqual([seen, orders.position], [['k1:1', 'k1:7', 'k1:8', 'k1:9'], 'k1:9']);
});

test('a stream that the server begins is followed where it is wanted, and resumed like any other', async () => {
  const seen = [];
  const onBegun = (stream) => (stream === 'player:u' ? { onEvent: (m) => seen.push(m.position) } : undefined);
  const { clock } = fakeWorld({ onBegun });
  await settle();
  FakeSocket.last.welcome();
  FakeSocket.last.say({ type: 'subscribed', stream: 'player:u', position: 'k1:3', recovered: true, auto: true });
  FakeSocket.last.say({ type: 'subscribed', stream: 'room:1', position: 'k1:3', recovered: true, auto: true });
  FakeSocket.last.say({ type: 'update', stream: 'player:u', position: 'k1:4', data: {} });
  FakeSocket.last.end(1006);
  await clock.advance(250);
  FakeSocket.last.welcome();
  assert.deepEqual(seen, ['k1:4']);
  assert.equal(FakeSocket.last.asked('subscribe').stream, 'player:u');
  assert.equal(FakeSocket.last.asked('subscribe').after, 'k1:4');
});
