import assert from 'node:assert/strict';
import { beforeEach, test } from 'node:test';
import { Millrace } from '../../main/js/millrace.js';
import { FakeBrowser, FakeClock, FakeSocket, settle } from './fakes.js';

const token = (sub, exp) => `e30.${Buffer.from(JSON.stringify({ sub, roles: ['staff'], exp })).toString('base64url')}.x`;
let browser;
let clock;

beforeEach(() => {
  FakeSocket.all = [];
  browser = new FakeBrowser();
  clock = new FakeClock();
});

const clockOf = () => ({ now: () => clock.now(), wall: () => clock.wall(), setTimeout: (f, ms) => clock.setTimeout(f, ms), clearTimeout: (t) => clock.clearTimeout(t) });

/** Digests are made on another thread: a few turns until everybody has done what there is to do. */
async function quiet() {
  for (let i = 0; i < 10; i++) {
    await crypto.subtle.digest('SHA-256', new Uint8Array(1));
    await settle();
  }
}

async function open(handlers = {}, options = {}) {
  const tab = browser.tab();
  const seen = [];
  const client = new Millrace({
    url: 'http://shop.test/api/ws',
    WebSocket: FakeSocket,
    fetch: () => Promise.reject(new Error('nothing answers')),
    random: () => 1,
    clock,
    share: true,
    tabs: tab,
    token: token('u', 1),
    ...options,
  });
  const orders = client.subscribe('orders', { onEvent: (m) => seen.push(Number(m.position.split(':')[1])), ...handlers });
  await quiet();
  return { tab, client, orders, seen };
}

async function live(socket = FakeSocket.last) {
  socket.welcome();
  await quiet();
  if (socket.asked('subscribe') !== undefined) {
    socket.subscribed(socket.asked('subscribe').after ?? 'k1:0');
  }
  await quiet();
}

async function event(...numbers) {
  numbers.forEach((n) => FakeSocket.last.event(n));
  await quiet();
}

test('three tabs are one connection and one subscription, and each sees everything', async () => {
  const tabs = [await open(), await open(), await open()];
  await live();
  await event(1, 2, 3);
  assert.deepEqual(tabs.map((t) => t.seen), [[1, 2, 3], [1, 2, 3], [1, 2, 3]]);
  assert.deepEqual(tabs.map((t) => t.client.state.name), ['live', 'live', 'live']);
  assert.equal(FakeSocket.all.length, 1);
  assert.equal(FakeSocket.last.sent.filter((m) => m.type === 'subscribe').length, 1);
});

test('a tab that comes later begins where it says', async () => {
  await open();
  await live();
  await event(1, 2, 3, 4);
  const now = await open();
  const behind = await open({ after: 'k1:2' });
  await event(5);
  assert.deepEqual([now.seen, behind.seen], [[5], [3, 4, 5]]);
  assert.equal(FakeSocket.all.length, 1);
});

test('when the leader’s tab is gone the next one leads, without gap or repeat', async () => {
  const first = await open();
  const others = [await open(), await open()];
  await live();
  await event(1, 2);
  first.tab.crash();
  await quiet();
  assert.equal(FakeSocket.all.length, 2);
  FakeSocket.last.welcome();
  await quiet();
  assert.equal(FakeSocket.last.asked('subscribe').after, 'k1:2');
  FakeSocket.last.subscribed('k1:4');
  await event(3, 4);
  await event(5);
  assert.deepEqual(others.map((t) => t.seen), [[1, 2, 3, 4, 5], [1, 2, 3, 4, 5]]);
  assert.deepEqual(others.map((t) => t.orders.repeats), [0, 0]);
  assert.deepEqual(others.map((t) => t.client.state.name), ['live', 'live']);
});

test('a leader that closes hands over as well', async () => {
  const first = await open();
  const second = await open();
  await live();
  await event(1);
  first.client.close();
  await quiet();
  await live();
  await event(2);
  assert.deepEqual([first.seen, second.seen], [[1], [1, 2]]);
});

test('a leader that is frozen loses its place to a tab that is looked at', async () => {
  const first = await open();
  const second = await open();
  await live();
  await event(1);
  first.tab.frozen = true;
  await clock.advance(25_000);
  await quiet();
  assert.equal(FakeSocket.all.length, 2);
  await live();
  await event(2);
  assert.deepEqual(second.seen, [1, 2]);
  first.tab.thaw();
  await event(3);
  assert.deepEqual([first.seen, second.seen], [[1, 2, 3], [1, 2, 3]]);
});

test('a leader whose timers sleep is reminded by a tab that is looked at', async () => {
  const slow = {
    now: () => clock.now(),
    wall: () => clock.wall(),
    setTimeout: (f, ms) => clock.setTimeout(f, Math.max(ms, 60_000)),
    clearTimeout: (timer) => clock.clearTimeout(timer),
  };
  await open({}, { clock: slow });
  const second = await open();
  await live();
  FakeSocket.last.end(1006);
  await quiet();
  assert.equal(second.client.state.name, 'offline');
  await clock.advance(1_250);
  await quiet();
  assert.equal(FakeSocket.all.length, 2);
});

test('the connection’s trouble is everybody’s, and all go on from where they were', async () => {
  const tabs = [await open(), await open()];
  await live();
  await event(1);
  FakeSocket.last.end(1006);
  await quiet();
  assert.deepEqual(tabs.map((t) => t.client.state.name), ['offline', 'offline']);
  await clock.advance(250);
  FakeSocket.last.welcome();
  await quiet();
  assert.equal(FakeSocket.last.sent.filter((m) => m.type === 'subscribe').length, 1);
  FakeSocket.last.subscribed('k1:2');
  await event(2);
  await event(3);
  assert.deepEqual(tabs.map((t) => t.seen), [[1, 2, 3], [1, 2, 3]]);
});

test('another filter on the same stream is another connection', async () => {
  const all = await open();
  await live();
  const some = await open({ filter: { 'data.country': 'FR' } });
  assert.equal(FakeSocket.all.length, 2);
  const [shared, own] = FakeSocket.all;
  await live(own);
  assert.deepEqual(own.asked('subscribe').filter, { 'data.country': 'FR' });
  own.event(7);
  shared.event(8);
  await quiet();
  assert.deepEqual([all.seen, some.seen], [[8], [7]]);
});

test('an only tab may change its filter and stays the leader', async () => {
  const { orders, seen } = await open();
  await live();
  await event(1);
  orders.replace({ filter: { 'data.country': 'FR' } });
  await quiet();
  FakeSocket.last.subscribed('k1:1');
  await event(2);
  assert.deepEqual([seen, FakeSocket.all.length], [[1, 2], 1]);
});

test('a position that is not in memory any more is another connection', async () => {
  await open();
  await live();
  await event(...Array.from({ length: 1_100 }, (_, i) => i + 1));
  await open({ after: 'k1:2' });
  assert.equal(FakeSocket.all.length, 2);
});

test('another person’s tab has a connection of its own', async () => {
  await open();
  await open({}, { token: token('somebody else', 1) });
  assert.equal(FakeSocket.all.length, 2);
});

test('a newer token of the same person is the same person', async () => {
  await open();
  await open({}, { token: token('u', 2) });
  assert.equal(FakeSocket.all.length, 1);
});

test('entities are handed to a tab that comes later as they stand by then', async () => {
  const first = await open({ state: true, delta: true });
  FakeSocket.last.welcome();
  await quiet();
  FakeSocket.last.subscribed('k1:0');
  FakeSocket.last.say({ type: 'state', stream: 'orders', position: 'k1:1', entities: [{ kind: 'order', id: 'o1', version: 1, state: { a: 1, b: 1 } }], more: false });
  const change = (version, patch) => ({ data: undefined, entity: { kind: 'order', id: 'o1' }, version, patch });
  FakeSocket.last.event(2, change(2, { b: 2 }));
  await quiet();
  const second = await open({ state: true, delta: true });
  FakeSocket.last.event(3, change(3, { c: 3 }));
  await quiet();
  for (const { orders } of [first, second]) {
    assert.deepEqual(orders.entities.get('order', 'o1'), { kind: 'order', id: 'o1', version: 3, state: { a: 1, b: 2, c: 3 } });
  }
  assert.equal(FakeSocket.all.length, 1);
});

test('each tab gets the answers to its own questions, and publishes anew when the leader dies', async () => {
  const first = await open();
  const second = await open();
  await live();
  const mine = first.client.publish({ type: 'a', data: {} });
  const theirs = second.client.publish({ type: 'b', data: {} });
  await quiet();
  const [a, b] = FakeSocket.last.sent.filter((m) => m.type === 'publish');
  FakeSocket.last.say({ type: 'published', id: a.id, status: 'committed', event: a.event.id, stream: 'orders' });
  await quiet();
  assert.equal((await mine).event, a.event.id);
  first.tab.crash();
  await quiet();
  await live();
  const again = FakeSocket.last.asked('publish');
  assert.equal(again.event.id, b.event.id);
  FakeSocket.last.say({ type: 'published', id: again.id, status: 'duplicate', event: b.event.id });
  await quiet();
  assert.equal((await theirs).status, 'duplicate');
});

test('the last tab that follows a stream takes it back', async () => {
  const first = await open();
  const second = await open();
  await live();
  first.orders.close();
  await quiet();
  assert.equal(FakeSocket.last.asked('unsubscribe'), undefined);
  second.tab.crash();
  await quiet();
  assert.equal(FakeSocket.last.asked('unsubscribe').stream, 'orders');
});

test('a refusal reaches every tab that asked', async () => {
  const errors = [];
  const onError = (e) => errors.push(e.code);
  await open({ onError });
  await open({ onError });
  FakeSocket.last.welcome();
  await quiet();
  FakeSocket.last.say({ type: 'error', id: FakeSocket.last.asked('subscribe').id, code: 'permission_denied', message: 'no' });
  await quiet();
  assert.deepEqual(errors, ['permission_denied', 'permission_denied']);
});

/** Says pong to what the client asks on these sockets, as a server does, until they freeze. */
const answering = (frozen = () => false) =>
  class extends FakeSocket {
    send(text) {
      super.send(text);
      if (JSON.parse(text).type === 'ping') {
        queueMicrotask(() => frozen(this) || this.say({ type: 'pong' }));
      }
    }
  };

for (const back of [1, 60_000, 86_400_000]) {
  test(`whoever leads next is believed though the clock went back by ${back} ms`, async () => {
    const first = await open();
    const second = await open();
    const third = await open();
    await live();
    await event(1);
    const { wall } = clock;
    clock.wall = () => wall.call(clock) - back;
    first.client.close();
    await quiet();
    await live();
    await event(2);
    second.client.close();
    await quiet();
    await live();
    await event(3);
    await clock.advance(250);
    assert.deepEqual([second.seen, third.seen, third.client.state.name], [[1, 2], [1, 2, 3], 'live']);
  });
}

test('a tab that leads before it has heard of any other is believed by those who have', async () => {
  const first = await open();
  const hidden = await open();
  await live();
  await event(1);
  first.client.close();
  await quiet();
  await live();
  await event(2);
  // It comes while the leader is frozen, and hears nothing from anybody before it leads.
  hidden.tab.frozen = true;
  const late = await open({ after: 'k1:2' });
  await clock.advance(6_000);
  await quiet();
  hidden.tab.thaw();
  await quiet();
  await live();
  await event(3);
  await clock.advance(250);
  assert.deepEqual([late.seen, hidden.seen], [[3], [1, 2, 3]]);
  assert.deepEqual([late.client.state.name, hidden.client.state.name], ['live', 'live']);
});

test('a leader to which nothing comes any more loses its place though its tab still answers', async () => {
  let frozen = false;
  const WebSocket = answering((socket) => frozen && socket === FakeSocket.all[0]);
  const stopped = { ...clockOf(), setTimeout: (f, ms) => clock.setTimeout(() => frozen || f(), ms) };
  const first = await open({}, { WebSocket, clock: stopped });
  const second = await open({}, { WebSocket });
  await live();
  await event(1);
  frozen = true;
  await clock.advance(21_000);
  await quiet();
  assert.equal(FakeSocket.all.length, 2);
  await live();
  await event(2);
  await clock.advance(250);
  assert.deepEqual([second.seen, second.client.state.name], [[1, 2], 'live']);
  assert.deepEqual(first.seen, [1, 2]);
});

test('a leader that is frozen, and hears the others but not that it was robbed, disputes nothing', async () => {
  let frozen = false;
  const WebSocket = answering((socket) => frozen && socket === FakeSocket.all[0]);
  const stopped = { ...clockOf(), setTimeout: (f, ms) => clock.setTimeout(() => frozen || f(), ms) };
  const first = await open({}, { WebSocket, clock: stopped });
  const second = await open({}, { WebSocket });
  await live();
  await event(1);
  frozen = first.tab.deaf = true;
  await clock.advance(21_000);
  await quiet();
  await live();
  await event(2);
  await clock.advance(250);
  assert.deepEqual([second.seen, second.client.state.name], [[1, 2], 'live']);
  frozen = false;
  first.tab.thaw();
  await quiet();
  await event(3);
  await clock.advance(250);
  assert.deepEqual([second.seen, second.client.state.name], [[1, 2, 3], 'live']);
  assert.deepEqual(first.client.state.name, 'live');
});

test('a tab that is opened, or looked at, while the leader is frozen waits for it no longer than for an answer', async () => {
  let frozen = false;
  const WebSocket = answering((socket) => frozen && socket === FakeSocket.all[0]);
  const stopped = { ...clockOf(), setTimeout: (f, ms) => clock.setTimeout(() => frozen || f(), ms) };
  await open({}, { WebSocket, clock: stopped });
  await live();
  frozen = true;
  const second = await open({}, { WebSocket });
  await clock.advance(6_000);
  await quiet();
  await live();
  await event(1);
  assert.deepEqual([FakeSocket.all.length, second.seen], [2, [1]]);
});

test('a leader to which something comes keeps its place, however quiet its streams are', async () => {
  const WebSocket = answering();
  const tabs = [await open({}, { WebSocket }), await open({}, { WebSocket }), await open({}, { WebSocket })];
  await live();
  for (let i = 0; i < 20; i++) {
    await clock.advance(15_000);
    await quiet();
  }
  await event(1);
  assert.deepEqual([FakeSocket.all.length, tabs.map((t) => t.seen)], [1, [[1], [1], [1]]]);
});

test('a leader without a connection that goes on trying keeps its place, and one that is signed out too', async () => {
  const first = await open();
  const second = await open();
  FakeSocket.last.end(1006);
  for (let i = 0; i < 60; i++) {
    await clock.advance(1_000);
    await quiet();
    FakeSocket.last.end(1006);
    await quiet();
  }
  assert.equal(second.client.state.name, 'offline');
  while (FakeSocket.last.readyState !== 0) {
    await clock.advance(1_000);
  }
  FakeSocket.last.end(4401);
  await quiet();
  const attempts = FakeSocket.all.length;
  await clock.advance(300_000);
  await quiet();
  assert.deepEqual([FakeSocket.all.length, first.client.state.name, second.client.state.name], [attempts, 'signed out', 'signed out']);
});
