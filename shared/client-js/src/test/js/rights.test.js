import assert from 'node:assert/strict';
import { test } from 'node:test';
import { SharedStream } from '../../main/js/shared-stream.js';
import { fakeWorld, FakeSocket, settle } from './fakes.js';

const entity = (id, version, state) => ({ kind: 'order', id, version, state });
const DENIED = { type: 'error', stream: 'orders', code: 'permission_denied', message: 'none of your roles may see the stream orders' };

/** A client that follows the stream, and what its subscription heard. */
async function live(options = {}, client = {}) {
  const world = fakeWorld(client);
  const heard = [];
  const note = (name) => (value) => heard.push(`${name} ${value?.code ?? value?.position ?? value?.size ?? value}`);
  const names = ['event', 'lost', 'reset', 'error', 'load'];
  const orders = world.client.subscribe('orders', options);
  names.forEach((name) => orders.on(name, note(name)));
  await settle();
  FakeSocket.last.welcome();
  FakeSocket.last.subscribed('k1:0');
  return { ...world, orders, heard, socket: FakeSocket.last };
}

function state(socket, position, ...entities) {
  socket.say({ type: 'state', stream: 'orders', position, entities, more: false });
}

test('a stream that may not be seen any more is emptied before its end is told', async () => {
  const { orders, heard, socket } = await live({ state: true });
  state(socket, 'k1:5', entity('o-1', 1, { total: 1 }));
  assert.equal(orders.entities.size, 1);
  socket.say(DENIED);
  assert.equal(orders.entities.size, 0);
  assert.deepEqual(heard.slice(1), ['lost permission_denied', 'error permission_denied']);
  socket.event(6);
  assert.equal(heard.length, 3, 'and nothing of it comes after');
});

test('a stream of which another part may be seen is emptied and loaded again', async () => {
  const { orders, heard, socket } = await live({ state: true });
  state(socket, 'k1:5', entity('o-1', 1, { total: 1 }), entity('o-2', 1, { total: 2 }));
  socket.say({ type: 'subscribed', stream: 'orders', position: 's.x', recovered: true, renewed: true });
  assert.equal(orders.entities.size, 0);
  assert.deepEqual(heard.slice(1), ['lost rights_changed', 'reset rights_changed']);
  assert.equal(socket.asked('subscribe').state, true);
  socket.subscribed('s.y');
  state(socket, 's.y', entity('o-2', 1, { total: 2 }));
  assert.deepEqual([...orders.entities].map((e) => e.id), ['o-2']);
});

test('without a state a stream of which another part may be seen goes on from its new position', async () => {
  const { orders, heard, socket } = await live();
  socket.event(1);
  socket.say({ type: 'subscribed', stream: 'orders', position: 's.x', recovered: true, renewed: true });
  assert.equal(orders.position, 's.x');
  socket.say({ type: 'update', stream: 'orders', position: 's.y', data: { id: 'e2', type: 'order:created', data: {} } });
  assert.deepEqual(heard, ['event k1:1', 'lost rights_changed', 'reset rights_changed', 'event s.y']);
});

test('a renewal that changes nothing of a stream interrupts nothing', async () => {
  const { orders, heard, socket } = await live({ state: true });
  state(socket, 'k1:5', entity('o-1', 1, { total: 1 }));
  socket.say({ type: 'welcome', user: 'u', roles: ['staff'], heartbeat: 30_000 });
  assert.equal(orders.entities.size, 1);
  assert.deepEqual(heard, ['load 1']);
});

test('who comes back with other rights shows nothing that came before', async () => {
  const { clock, orders, heard, socket } = await live({ state: true }, { token: () => 't' });
  state(socket, 'k1:5', entity('o-1', 1, { total: 1 }));
  socket.end(1006);
  await clock.advance(15_000);
  FakeSocket.last.welcome(30_000, { roles: ['customer'] });
  assert.equal(orders.entities.size, 0);
  assert.deepEqual(heard.slice(1), ['lost rights_changed']);
  assert.equal(FakeSocket.last.asked('subscribe').state, true, 'it is loaded with the new rights');
});

test('who comes back with the same rights keeps what is there', async () => {
  const { clock, orders, heard, socket } = await live({ state: true }, { token: () => 't' });
  state(socket, 'k1:5', entity('o-1', 1, { total: 1 }));
  socket.end(1006);
  await clock.advance(15_000);
  FakeSocket.last.welcome();
  assert.equal(orders.entities.size, 1);
  assert.deepEqual(heard, ['load 1']);
  assert.equal(FakeSocket.last.asked('subscribe').after, 'k1:5');
});

test('a revoked token without a new one signs out and empties everything', async () => {
  const errors = [];
  const { client, orders, heard, socket } = await live({ state: true }, { token: 'fixed', onError: (e) => errors.push(e.code) });
  state(socket, 'k1:5', entity('o-1', 1, { total: 1 }));
  socket.say({ type: 'error', code: 'token_revoked', message: 'the token has been revoked' });
  socket.end(4401);
  await settle();
  assert.equal(client.state.name, 'signed out');
  assert.equal(client.state.why.message, 'the token has been revoked');
  assert.deepEqual(errors, ['token_revoked']);
  assert.equal(orders.entities.size, 0);
  assert.deepEqual(heard.slice(1), ['lost signed_out']);
});

test('a revoked token is replaced by another one once', async () => {
  let asked = 0;
  const { client, clock, socket } = await live({}, { token: () => (asked++ === 0 ? 'revoked' : 'fresh') });
  socket.end(4401);
  await settle();
  await clock.advance(15_000);
  FakeSocket.last.welcome();
  assert.deepEqual(FakeSocket.last.sent[0], { type: 'auth', token: 'fresh' });
  assert.notEqual(client.state.name, 'signed out');
});

test('a filter that is refused takes nothing away', async () => {
  const { orders, heard, socket } = await live({ state: true });
  state(socket, 'k1:5', entity('o-1', 1, { total: 1 }));
  orders.replace({ filter: { x: { bad: 1 } } });
  const { id } = socket.asked('subscribe');
  socket.say({ type: 'error', id, stream: 'orders', code: 'bad_message', message: 'no' });
  assert.equal(orders.entities.size, 1);
  assert.deepEqual(heard.slice(1), ['error bad_message']);
});

test('what tabs share of a stream of which another part may be seen now is given to no further tab', () => {
  const stream = new SharedStream({ stream: 'orders', delta: true, state: true });
  stream.take({ type: 'subscribed', position: 'k1:0' });
  stream.take({ type: 'state', position: 'k1:1', entities: [entity('o-1', 1, { total: 1 })], more: false });
  stream.take({ type: 'update', position: 'k1:2', data: { id: 'e', type: 'order:created', data: {} } });
  assert.equal(stream.join({ id: 1, stream: 'orders', after: 'k1:1' }).length, 2);
  stream.take({ type: 'subscribed', position: 's.x', renewed: true, recovered: true });
  assert.equal(stream.join({ id: 1, stream: 'orders', after: 'k1:1' }), undefined);
  assert.deepEqual(stream.join({ id: 1, stream: 'orders', state: true })[1].entities, []);
});
