import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Backoff } from '../../main/js/reconnect-policy.js';
import { fakeWorld, FakeSocket, settle } from './fakes.js';

const attempts = () => FakeSocket.all.length;

test('waits double from 250 ms to 15 s, anywhere between nothing and that', () => {
  const longest = new Backoff(() => 1);
  assert.deepEqual(Array.from({ length: 8 }, () => longest.next()), [250, 500, 1000, 2000, 4000, 8000, 15000, 15000]);
  const shortest = new Backoff(() => 0);
  assert.equal(Math.max(...Array.from({ length: 8 }, () => shortest.next())), 0);
  const half = new Backoff(() => 0.5);
  assert.deepEqual([half.next(), half.next()], [125, 250]);
});

for (const code of [1001, 1005, 1006, 1011, 1012, 4408, 4429, 4503]) {
  test(`comes back after ${code}`, async () => {
    const { clock } = fakeWorld();
    await settle();
    FakeSocket.last.welcome();
    FakeSocket.last.end(code);
    await clock.advance(250);
    assert.equal(attempts(), 2);
  });
}

for (const code of [1008, 4400, 4403]) {
  test(`stays away after ${code}, and says so`, async () => {
    const { clock, client } = fakeWorld();
    await settle();
    FakeSocket.last.welcome();
    FakeSocket.last.say({ type: 'error', code: 'forbidden', message: 'not here' });
    FakeSocket.last.end(code);
    await clock.advance(600_000);
    assert.equal(attempts(), 1);
    assert.deepEqual(client.state, { name: 'closed', text: 'closed', why: { code, message: 'not here' } });
  });
}

test('asks for a new token after 4401 and comes back with it', async () => {
  const tokens = ['old', 'new', 'new'];
  const { clock } = fakeWorld({ token: () => tokens.shift() });
  await settle();
  FakeSocket.last.end(4401);
  await clock.advance(250);
  FakeSocket.last.welcome();
  assert.equal(attempts(), 2);
  assert.deepEqual(FakeSocket.last.sent[0], { type: 'auth', token: 'new' });
});

test('is signed out after 4401 when there is only the same token, until told to connect', async () => {
  const { clock, client } = fakeWorld({ token: 'old' });
  await settle();
  FakeSocket.last.end(4401);
  await clock.advance(600_000);
  assert.equal(attempts(), 1);
  assert.equal(client.state.text, 'signed out');
  client.connect();
  await settle();
  assert.equal(attempts(), 2);
});

test('a connection must live five seconds before the backoff begins anew', async () => {
  const { clock } = fakeWorld();
  await settle();
  for (const wait of [250, 500, 1000]) {
    FakeSocket.last.welcome();
    await clock.advance(4_999);
    const before = attempts();
    FakeSocket.last.end(1006);
    await clock.advance(wait - 1);
    assert.equal(attempts(), before);
    await clock.advance(1);
    assert.equal(attempts(), before + 1);
  }
  FakeSocket.last.welcome();
  await clock.advance(5_000);
  const before = attempts();
  FakeSocket.last.end(1006);
  await clock.advance(250);
  assert.equal(attempts(), before + 1);
});

test('the wait is counted down in words', async () => {
  const { clock, states } = fakeWorld();
  await settle();
  for (const wait of [250, 500, 1000, 2000]) {
    FakeSocket.last.end(1006);
    await clock.advance(wait);
  }
  states.length = 0;
  FakeSocket.last.end(1006);
  await clock.advance(4_000);
  assert.deepEqual(
    states.map((s) => s.replace(/since .{4,11} –/, 'since 09:30 –')),
    [4, 3, 2, 1].map((s) => `offline since 09:30 – next try in ${s} s`).concat('connecting'),
  );
});

test('retryAfter of a refusal holds the next try back', async () => {
  const { clock } = fakeWorld();
  await settle();
  FakeSocket.last.welcome();
  FakeSocket.last.say({ type: 'error', code: 'rate_limited', message: 'slower', retryAfter: 7_000 });
  FakeSocket.last.end(4429);
  await clock.advance(6_999);
  assert.equal(attempts(), 1);
  await clock.advance(1);
  assert.equal(attempts(), 2);
});

test('retryAfter of a subscription asks again on the same connection', async () => {
  const { clock, client } = fakeWorld();
  client.subscribe('orders', {});
  await settle();
  FakeSocket.last.welcome();
  const { id } = FakeSocket.last.sent[1];
  FakeSocket.last.say({ type: 'error', id, code: 'overloaded', message: 'later', retryAfter: 1_000 });
  assert.equal(client.state.name, 'catching up');
  await clock.advance(1_000);
  const again = FakeSocket.last.sent.at(-1);
  assert.deepEqual(again, { type: 'subscribe', id: again.id, stream: 'orders' });
  FakeSocket.last.say({ type: 'subscribed', id: again.id, stream: 'orders', position: 'a:0', recovered: true });
  assert.equal(client.state.name, 'live');
});

test('a draining server is left at the moment it gave us, and events come until then', async () => {
  const { clock, client } = fakeWorld();
  const seen = [];
  client.subscribe('orders', { onEvent: (m) => seen.push(m.position) });
  await settle();
  const first = FakeSocket.last;
  first.welcome();
  first.say({ type: 'subscribed', id: first.sent[1].id, stream: 'orders', position: 'a:0', recovered: true });
  first.say({ type: 'reconnect', after: 1_730, reason: 'draining' });
  await clock.advance(1_000);
  first.say({ type: 'update', stream: 'orders', position: 'a:1' });
  await clock.advance(729);
  assert.equal(attempts(), 1);
  await clock.advance(1);
  assert.equal(attempts(), 2);
  FakeSocket.last.welcome();
  assert.equal(FakeSocket.last.sent[1].after, 'a:1');
  assert.deepEqual(seen, ['a:1']);
});

test('a draining server that closes early is still given its moment', async () => {
  const { clock } = fakeWorld();
  await settle();
  FakeSocket.last.welcome();
  FakeSocket.last.say({ type: 'reconnect', after: 5_000 });
  FakeSocket.last.end(1001);
  await clock.advance(4_999);
  assert.equal(attempts(), 1);
  await clock.advance(1);
  assert.equal(attempts(), 2);
});

test('pings each heartbeat, and gives up when nothing came for a heartbeat and five seconds', async () => {
  const { clock, client } = fakeWorld();
  await settle();
  const socket = FakeSocket.last;
  socket.welcome(10_000);
  for (let i = 0; i < 5; i++) {
    await clock.advance(10_000);
    assert.deepEqual(socket.sent.at(-1), { type: 'ping' });
    socket.say({ type: 'pong' });
  }
  assert.equal(socket.sent.length, 6);
  await clock.advance(14_999);
  assert.equal(client.state.name, 'live');
  await clock.advance(1);
  assert.equal(client.state.name, 'offline');
  await clock.advance(250);
  assert.equal(attempts(), 2);
});

test('gives up on a server that never says welcome', async () => {
  const { clock } = fakeWorld();
  await settle();
  await clock.advance(10_250);
  assert.equal(attempts(), 2);
});

test('after a resume it is catching up until the head it was told', async () => {
  const { clock, client, states } = fakeWorld();
  client.subscribe('orders', { after: 'a:0' });
  await settle();
  const socket = FakeSocket.last;
  socket.welcome();
  socket.say({ type: 'subscribed', id: socket.sent[1].id, stream: 'orders', position: 'a:2', recovered: true });
  socket.say({ type: 'update', stream: 'orders', position: 'a:1' });
  await clock.advance(1);
  assert.equal(client.state.name, 'catching up');
  socket.say({ type: 'update', stream: 'orders', position: 'a:2' });
  assert.deepEqual(states, ['connecting', 'catching up', 'live']);
});

test('where nothing was missed it is live at once', async () => {
  const { client, states } = fakeWorld();
  client.subscribe('orders', { after: 'a:2' });
  await settle();
  const socket = FakeSocket.last;
  socket.welcome();
  socket.say({ type: 'subscribed', id: socket.sent[1].id, stream: 'orders', position: 'a:2', head: 'a:2', recovered: true });
  assert.equal(states.at(-1), 'live');
});

test('events that are not kept do not delay the end of a catch-up', async () => {
  const { clock, client } = fakeWorld();
  client.subscribe('room:1', { after: 'sealed-1' });
  await settle();
  const socket = FakeSocket.last;
  socket.welcome();
  socket.say({ type: 'subscribed', id: socket.sent[1].id, stream: 'room:1', position: 'sealed-1', recovered: true });
  for (let i = 0; i < 3; i++) {
    socket.say({ type: 'tick', stream: 'room:1', data: { id: `t${i}`, type: 'move:made', data: {} } });
    await clock.advance(100);
  }
  assert.equal(client.state.name, 'live');
});

test('closed is closed: no timer is left to open anything', async () => {
  const { clock, client } = fakeWorld();
  await settle();
  FakeSocket.last.welcome();
  FakeSocket.last.end(1006);
  client.close();
  await clock.advance(600_000);
  assert.equal(attempts(), 1);
  assert.equal(client.state.name, 'closed');
});
