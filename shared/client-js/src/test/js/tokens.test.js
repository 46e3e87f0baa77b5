import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fakeWorld, FakeSocket, settle } from './fakes.js';

const START = Date.UTC(2026, 0, 31, 9, 30);
const inMs = (ms) => new Date(START + ms).toISOString();

test('a token is renewed a minute before it expires, on the open socket', async () => {
  const tokens = ['first', 'second', 'second'];
  const { clock, client } = fakeWorld({ token: () => tokens.shift() });
  await settle();
  const socket = FakeSocket.last;
  socket.welcome(600_000, { expiresAt: inMs(600_000) });
  await clock.advance(539_999);
  assert.equal(socket.sent.length, 1);
  await clock.advance(1);
  assert.deepEqual(socket.sent.at(-1), { type: 'auth', token: 'second' });
  socket.say({ type: 'welcome', user: 'u', roles: [], heartbeat: 600_000, expiresAt: inMs(1_200_000) });
  await clock.advance(600_000 - 60_000);
  assert.equal(client.state.name, 'live');
  assert.equal(FakeSocket.all.length, 1);
});

test('a provider that has no newer token yet is asked again until it has', async () => {
  const tokens = ['old', 'old', 'old', 'new'];
  const { clock } = fakeWorld({ token: () => tokens.shift() });
  await settle();
  FakeSocket.last.welcome(600_000, { expiresAt: inMs(100_000) });
  await clock.advance(80_000);
  assert.equal(FakeSocket.last.sent.length, 1);
  await clock.advance(10_000);
  assert.deepEqual(FakeSocket.last.sent.at(-1), { type: 'auth', token: 'new' });
});

test('a fixed token is not asked for again', async () => {
  const { clock } = fakeWorld({ token: 'fixed' });
  await settle();
  FakeSocket.last.welcome(600_000, { expiresAt: inMs(100_000) });
  await clock.advance(99_999);
  assert.equal(FakeSocket.last.sent.length, 1);
});

test('a connection that ended leaves no renewal behind', async () => {
  let asked = 0;
  const { clock, client } = fakeWorld({ token: () => `t${++asked}` });
  await settle();
  FakeSocket.last.welcome(600_000, { expiresAt: inMs(100_000) });
  client.close();
  await clock.advance(200_000);
  assert.equal(asked, 1);
});
