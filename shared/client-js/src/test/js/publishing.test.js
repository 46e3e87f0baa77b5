import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fakeWorld, FakeSocket, settle } from './fakes.js';

const say = (n) => ({ type: 'customer:added_to_cart', data: { n } });
const published = () => FakeSocket.all.flatMap((s) => s.sent.filter((m) => m.type === 'publish'));
const answer = (more = {}) => {
  const { id, event } = FakeSocket.last.asked('publish');
  FakeSocket.last.say({ type: 'published', id, status: 'committed', event: event.id, stream: 'customers', position: 'k1:1', ...more });
};

test('publishing promises the answer', async () => {
  const { client } = fakeWorld();
  await settle();
  FakeSocket.last.welcome();
  const done = client.publish(say(1));
  await settle();
  const { event } = FakeSocket.last.asked('publish');
  assert.match(event.id, /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
  assert.equal(parseInt(event.id.replace('-', '').slice(0, 12), 16), Date.UTC(2026, 0, 31, 9, 30));
  answer();
  const { status, position } = await done;
  assert.deepEqual([status, position, client.pending], ['committed', 'k1:1', 0]);
});

test('a refusal is the promise’s failure, with the server’s code', async () => {
  const { client } = fakeWorld();
  await settle();
  FakeSocket.last.welcome();
  const done = client.publish(say(1));
  await settle();
  FakeSocket.last.say({ type: 'error', id: FakeSocket.last.asked('publish').id, code: 'permission_denied', message: 'no', details: { a: 1 } });
  await assert.rejects(done, { name: 'Refusal', code: 'permission_denied', message: 'no', details: { a: 1 } });
});

test('what is said offline is sent later, in order, one after the other', async () => {
  const { client } = fakeWorld();
  const done = Promise.all([1, 2, 3].map((n) => client.publish(say(n))));
  await settle();
  assert.equal(client.pending, 3);
  FakeSocket.last.welcome();
  for (let n = 1; n <= 3; n++) {
    assert.equal(FakeSocket.last.asked('publish').event.data.n, n);
    answer();
  }
  assert.equal((await done).length, 3);
});

test('an answer that was lost with the connection is asked for again under the same id', async () => {
  const { clock, client } = fakeWorld();
  await settle();
  FakeSocket.last.welcome();
  const done = client.publish(say(1));
  await settle();
  FakeSocket.last.end(1006);
  await clock.advance(250);
  FakeSocket.last.welcome();
  answer({ status: 'duplicate' });
  assert.equal((await done).status, 'duplicate');
  const [first, second] = published();
  assert.equal(first.event.id, second.event.id);
});

test('an answer that never comes is asked for again', async () => {
  const { clock, client } = fakeWorld();
  await settle();
  FakeSocket.last.welcome();
  client.publish(say(1));
  await clock.advance(15_000);
  assert.equal(published().length, 2);
  assert.equal(new Set(published().map((m) => m.event.id)).size, 1);
});

for (const id of ['its own', undefined]) {
  test(`a server that asks for patience gets it (${id === undefined ? 'all' : 'one event'})`, async () => {
    const { clock, client } = fakeWorld();
    await settle();
    FakeSocket.last.welcome();
    client.publish(say(1));
    client.publish(say(2));
    await settle();
    const error = { type: 'error', code: 'rate_limited', message: 'slower', retryAfter: 2_000 };
    FakeSocket.last.say(id === undefined ? error : { ...error, id: FakeSocket.last.asked('publish').id });
    await clock.advance(1_999);
    assert.equal(published().length, 1);
    await clock.advance(1);
    assert.deepEqual(published().map((m) => m.event.data.n), [1, 1]);
  });
}

test('a server that asks for patience again and again gets more of it', async () => {
  const { clock, client } = fakeWorld();
  await settle();
  FakeSocket.last.welcome();
  client.publish(say(1));
  await settle();
  const times = [];
  for (let i = 0; i < 7; i++) {
    times.push(clock.now());
    const before = published().length;
    FakeSocket.last.say({ type: 'error', code: 'rate_limited', message: 'slower', retryAfter: 1_000 });
    while (published().length === before) {
      await clock.advance(1_000);
    }
  }
  assert.deepEqual(times.map((t) => t / 1_000), [0, 1, 3, 7, 15, 31, 61]);
});

test('only so many wait', async () => {
  const { client } = fakeWorld({ outbox: 2 });
  client.publish(say(1));
  client.publish(say(2));
  await assert.rejects(client.publish(say(3)), { code: 'full' });
});

test('what is not to be kept is said now or not at all', async () => {
  const { client } = fakeWorld();
  await assert.rejects(client.publish(say(1), { keep: false }), { code: 'offline' });
  await settle();
  FakeSocket.last.welcome();
  const lost = assert.rejects(client.publish(say(2), { keep: false }), { code: 'offline' });
  await settle();
  FakeSocket.last.end(1006);
  await lost;
  assert.equal(client.pending, 0);
});

test('how much waits is told', async () => {
  const counts = [];
  const { client } = fakeWorld({ onPending: (n) => counts.push(n) });
  client.publish(say(1));
  client.publish(say(2));
  await settle();
  FakeSocket.last.welcome();
  answer();
  answer();
  await settle();
  assert.deepEqual(counts, [1, 2, 1, 0]);
});

test('a closed client keeps no promise', async () => {
  const { client } = fakeWorld();
  const done = assert.rejects(client.publish(say(1)), { code: 'closed' });
  await settle();
  client.close();
  await done;
  await assert.rejects(client.publish(say(2)), { code: 'closed' });
});

test('presence is asked for and answered, or fails with the connection', async () => {
  const { client } = fakeWorld();
  await settle();
  FakeSocket.last.welcome();
  const there = client.presence('room:42');
  await settle();
  const { id } = FakeSocket.last.asked('presence');
  FakeSocket.last.say({ type: 'presence', id, stream: 'room:42', count: 1, users: [{ user: 'u', connections: 1 }] });
  assert.equal((await there).users[0].user, 'u');
  const gone = assert.rejects(client.presence('room:42'), { code: 'offline' });
  await settle();
  FakeSocket.last.end(1006);
  await gone;
});
