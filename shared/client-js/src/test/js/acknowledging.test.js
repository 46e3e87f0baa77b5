import assert from 'node:assert/strict';
import { test } from 'node:test';
import { samples } from '../../main/js/acknowledgements.js';
import { FakeSocket, fakeWorld, settle } from './fakes.js';

/** A client that follows `orders` on a socket whose server asks for one of so many. */
async function following(acknowledge) {
  const world = fakeWorld();
  const read = [];
  world.client.subscribe('orders', { onEvent: (m) => read.push([m.position, FakeSocket.last.asked('acknowledge')?.position]) });
  await settle();
  FakeSocket.last.welcome(30_000, { acknowledge });
  FakeSocket.last.subscribed('k1:0');
  return { ...world, read };
}

const acknowledged = () => FakeSocket.last.sent.filter((m) => m.type === 'acknowledge').map((m) => m.position);

test('an event is acknowledged when its handlers have had it', async () => {
  const { read } = await following({ every: 1, phase: 0 });
  FakeSocket.last.event(1);
  assert.deepEqual(read, [['k1:1', undefined]], 'the handler comes first');
  assert.deepEqual(FakeSocket.last.asked('acknowledge'), { type: 'acknowledge', stream: 'orders', position: 'k1:1' });
});

test('at most one a second is, and what is no event never', async () => {
  const { clock } = await following({ every: 1, phase: 0 });
  FakeSocket.last.event(1);
  FakeSocket.last.event(2);
  FakeSocket.last.say({ type: 'position', stream: 'orders', position: 'k1:3' });
  FakeSocket.last.say({ type: 'update', stream: 'orders', data: { id: 'transient', type: 't', data: {} } });
  assert.deepEqual(acknowledged(), ['k1:1']);
  await clock.advance(1_000);
  FakeSocket.last.say({ type: 'position', stream: 'orders', position: 'k1:4' });
  FakeSocket.last.event(5);
  assert.deepEqual(acknowledged(), ['k1:1', 'k1:5']);
});

test('one of so many is, by its position', async () => {
  await following({ every: 10, phase: 1 });
  [6, 7, 8].forEach((n) => FakeSocket.last.event(n));
  assert.deepEqual(acknowledged(), ['k1:7']);
});

test('a server that asks for none is told nothing', async () => {
  await following(undefined);
  FakeSocket.last.event(1);
  assert.deepEqual(acknowledged(), []);
});

test('server and client compute the same', () => {
  // The same values are in SamplingTest.
  assert.equal(samples({ every: 10, phase: 6 }, 'k3:1043'), true);
  assert.equal(samples({ every: 100, phase: 90 }, 'k3x:99'), true);
  assert.equal(samples({ every: 10, phase: 5 }, 'k3:1043'), false);
});
