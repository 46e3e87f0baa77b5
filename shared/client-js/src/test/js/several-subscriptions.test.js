import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fakeWorld, FakeSocket, settle } from './fakes.js';

const asked = () => FakeSocket.all.flatMap((s) => s.sent.filter((m) => m.type === 'subscribe'));
const numbers = (seen) => (m) => seen.push(m.position);
const entity = (id, version, state) => ({ kind: 'order', id, version, state });
const change = (id, version, more) => ({ entity: { kind: 'order', id }, version, ...more });

async function live(options = {}, client = {}) {
  const world = fakeWorld(client);
  const orders = world.client.subscribe('orders', options);
  await settle();
  FakeSocket.last.welcome();
  FakeSocket.last.subscribed('k1:0');
  return { ...world, orders, socket: FakeSocket.last };
}

test('several handlers of one subscription each hear every event until they are taken away', async () => {
  const [first, second, third] = [[], [], []];
  const { orders, socket } = await live({ onEvent: numbers(first) });
  const handler = numbers(third);
  assert.equal(orders.on('event', numbers(second)).on('event', handler), orders);
  socket.event(1);
  orders.off('event', handler);
  socket.event(2);
  assert.deepEqual([first, second, third], [['k1:1', 'k1:2'], ['k1:1', 'k1:2'], ['k1:1']]);
  assert.throws(() => orders.on('evnt', handler), /no "evnt" to listen for: event, reset/);
  assert.throws(() => orders.on('event', 'a text'), /must be a function/);
});

test('a handler that throws costs the others nothing', async () => {
  const [faults, seen] = [[], []];
  const mine = () => {
    throw new Error('mine');
  };
  const { orders, socket, client } = await live({ onEvent: mine });
  client.on('fault', (e) => faults.push(e.message)).on('fault', () => mine());
  orders.on('event', numbers(seen));
  client.subscribe('orders').on('event', numbers(seen));
  const said = console.error;
  console.error = () => {};
  socket.event(1);
  console.error = said;
  assert.deepEqual([faults, seen], [['mine'], ['k1:1', 'k1:1']]);
});

test('several subscriptions that ask for the same are one of the server’s, and the last to go ends it', async () => {
  const filter = { 'data.country': 'FR' };
  const [first, second] = [[], []];
  const { client, orders, socket } = await live({ filter, onEvent: numbers(first) });
  socket.event(1);
  const other = client.subscribe('orders', { filter: { ...filter } }).on('event', numbers(second));
  socket.event(2);
  orders.unsubscribe();
  socket.event(3);
  assert.deepEqual([first, second, other.received, asked().length], [['k1:1', 'k1:2'], ['k1:2', 'k1:3'], 2, 1]);
  assert.equal(socket.asked('unsubscribe'), undefined);
  other.unsubscribe();
  assert.equal(socket.asked('unsubscribe').stream, 'orders');
  socket.event(4);
  assert.equal(other.received, 2);
});

for (const options of [{ filter: { 'data.country': 'FR' } }, { delta: true }, { rate: 1 }, { after: 'k1:0' }, { state: true }]) {
  test(`a subscription that asks for something else of the stream gets it: ${JSON.stringify(options)}`, async () => {
    const [first, second] = [[], []];
    const { client, orders, socket, clock } = await live({ onEvent: numbers(first) });
    socket.event(1);
    const other = client.subscribe('orders', { ...options, onEvent: numbers(second) });
    assert.equal(client.state.name, 'catching up');
    await settle();
    const own = FakeSocket.last;
    assert.notEqual(own, socket);
    own.welcome();
    const { id, type, stream, ...said } = own.asked('subscribe');
    assert.deepEqual(said, options);
    own.subscribed('k1:1');
    if (options.state) {
      own.say({ type: 'state', stream: 'orders', position: 'k1:1', entities: [], more: false });
    }
    own.event(2);
    socket.event(3);
    await clock.advance(250);
    assert.deepEqual([first, second, client.state.name], [['k1:1', 'k1:3'], ['k1:2'], 'live']);
    other.unsubscribe();
    assert.equal(own.readyState, 3);
    assert.deepEqual([client.state.name, orders.caughtUp], ['live', true]);
    client.close();
  });
}

test('one of two that asks for something else leaves the other its own, and goes on from where both were', async () => {
  const [first, second] = [[], []];
  const { client, orders, socket } = await live({ onEvent: numbers(first) });
  const other = client.subscribe('orders', { onEvent: numbers(second) });
  socket.event(1);
  other.replace({ filter: { 'data.n': 3 } });
  await settle();
  FakeSocket.last.welcome();
  const { filter, after } = FakeSocket.last.asked('subscribe');
  assert.deepEqual([filter, after], [{ 'data.n': 3 }, 'k1:1']);
  FakeSocket.last.subscribed('k1:1');
  socket.event(2);
  FakeSocket.last.event(3);
  assert.deepEqual([first, second], [['k1:1', 'k1:2'], ['k1:1', 'k1:3']]);
  client.close();
  assert.deepEqual([socket.readyState, FakeSocket.last.readyState, orders.caughtUp], [3, 3, true]);
});

test('a later subscription is given the entities that are there', async () => {
  const loads = [];
  const { client, socket } = await live({ state: true, delta: true });
  socket.say({ type: 'state', stream: 'orders', position: 'k1:1', entities: [entity('o1', 1, { a: 1 })], more: false });
  const other = client.subscribe('orders', { state: true, delta: true }).on('load', (entities) => loads.push(entities));
  await settle();
  assert.deepEqual([loads.length, loads[0].get('order', 'o1').state, asked().length], [1, { a: 1 }, 1]);
  assert.equal(other.entities, loads[0]);
});

test('entities are a snapshot: the same until one changes, and what was taken never does', async () => {
  const { orders, socket } = await live({ state: true, delta: true });
  const states = [entity('o1', 1, { a: { b: 1 }, c: [1] }), entity('o2', 1, { a: 2 })];
  socket.say({ type: 'state', stream: 'orders', position: 'k1:1', entities: states, more: false });
  const before = orders.entities;
  assert.equal(orders.entities, before);
  socket.event(2, change('o1', 2, { patch: { a: { b: 2 } } }));
  socket.event(3, change('o2', 2, { state: null }));
  const after = orders.entities;
  assert.notEqual(after, before);
  assert.deepEqual([before.get('order', 'o1').state, before.size], [{ a: { b: 1 }, c: [1] }, 2]);
  assert.deepEqual([[...after].map((e) => e.state)], [[{ a: { b: 2 }, c: [1] }]]);
  socket.event(4);
  assert.equal(orders.entities, after);
  for (const spoil of [(e) => (e.version = 9), (e) => (e.state.a.b = 9), (e) => e.state.c.push(9)]) {
    assert.throws(() => spoil(after.get('order', 'o1')), TypeError);
  }
});

test('a client can be listened to after it was made', async () => {
  const [states, welcomes] = [[], []];
  const { client } = fakeWorld();
  const handler = (s) => states.push(s.name);
  client.on('state', handler).on('welcome', (identity) => welcomes.push(identity.user));
  await settle();
  FakeSocket.last.welcome();
  client.off('state', handler);
  FakeSocket.last.end(1006);
  assert.deepEqual([states, welcomes], [['connecting', 'live'], ['u']]);
});

test('what a subscription asks for is taken as it is now, and what can’t be asked for is said at once', async () => {
  const filter = { 'data.total': { gte: 100 } };
  const { clock, client, orders } = await live({ filter });
  filter['data.total'].gte = 5n;
  assert.throws(() => orders.replace({ filter }), /can't be written as JSON/);
  assert.throws(() => client.subscribe('payments', { filter }), /can't be written as JSON/);
  assert.throws(() => client.subscribe(17), /named by a text/);
  FakeSocket.last.end(1006);
  await clock.advance(250);
  FakeSocket.last.welcome();
  assert.deepEqual(FakeSocket.last.asked('subscribe').filter, { 'data.total': { gte: 100 } });
});
