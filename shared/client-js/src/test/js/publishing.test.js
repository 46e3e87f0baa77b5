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

const circle = { type: 'a', data: {} };
circle.data.circle = circle;
const deep = (levels) => (levels === 0 ? 1 : { in: deep(levels - 1) });
const thrower = {
  type: 'a',
  get data() {
    throw new Error('mine');
  },
};
for (const [what, event] of [
  ['a BigInt', { type: 'a', data: { n: 1n } }],
  ['a circle', circle],
  ['half a surrogate pair', { type: 'a', data: { text: 'x\ud83dy' } }],
  ['half a pair as a name', { type: 'a', data: { '\udc00': 1 } }],
  ['more levels than a server reads', { type: 'a', data: deep(40) }],
  ['a getter that throws', thrower],
  ['nothing', undefined],
  ['a text', 'customer:added_to_cart'],
  ['a list', [say(1)]],
]) {
  for (const connected of [true, false]) {
    test(`an event with ${what} fails alone, ${connected ? 'on a connection' : 'before there is one'}`, async () => {
      const { client } = fakeWorld();
      await settle();
      connected && FakeSocket.last.welcome();
      const before = client.publish(say(1));
      const bad = assert.rejects(client.publish(event), { name: 'Refusal', code: 'invalid_event' });
      const after = client.publish(say(2));
      await bad;
      connected || FakeSocket.last.welcome();
      answer();
      await before;
      answer();
      await after;
      assert.deepEqual([published().map((m) => m.event.data.n), client.pending, client.state.name], [[1, 2], 0, 'live']);
    });
  }
}

test('what looks like half a pair and is none is published', async () => {
  const { client } = fakeWorld();
  await settle();
  FakeSocket.last.welcome();
  for (const text of ['😀', '\\ud83d', '\\\\udc00', '"\\ud83d']) {
    const done = client.publish({ type: 'a', data: { text } });
    await settle();
    assert.equal(FakeSocket.last.asked('publish').event.data.text, text);
    answer();
    await done;
  }
});

test('an event is sent as it was when it was published', async () => {
  const { client } = fakeWorld();
  const event = { type: 'a', data: { n: 1, at: new Date(0), list: [1], gone: undefined } };
  const done = client.publish(event);
  Object.assign(event.data, { n: 2, list: event.data.list.concat(2) });
  event.data.list.push(3);
  event.type = 'b';
  await settle();
  FakeSocket.last.welcome();
  const { type, data } = FakeSocket.last.asked('publish').event;
  assert.deepEqual([type, data], ['a', { n: 1, at: '1970-01-01T00:00:00.000Z', list: [1] }]);
  answer();
  await done;
});

const info = (maxMessage) => async () => ({ ok: true, json: async () => ({ maxMessage }) });
for (const [how, welcome, options, most] of [
  ['its welcome', { maxMessage: 2_000 }, {}, 2_000],
  ['its info', {}, { fetch: info(2_000) }, 2_000],
  ['the documents', {}, {}, 1 << 20],
]) {
  for (const character of ['x', 'é', '😀']) {
    test(`an event over the limit that ${how} say${how === 'the documents' ? '' : 's'} fails alone, counted in bytes (${character})`, async () => {
      const { client } = fakeWorld(options);
      await settle();
      FakeSocket.last.welcome(30_000, welcome);
      await settle();
      const count = Math.ceil(most / Buffer.byteLength(character));
      await assert.rejects(client.publish({ type: 'a', data: character.repeat(count) }), { code: 'too_large', message: new RegExp(`${most} at most`) });
      const fits = client.publish({ type: 'a', data: character.repeat(Math.floor((most - 200) / Buffer.byteLength(character))) });
      await settle();
      answer();
      await fits;
      assert.deepEqual([FakeSocket.all.length, client.state.name], [1, 'live']);
    });
  }
}

for (const code of [1007, 1009]) {
  test(`an event for which the connection is closed all the same (${code}) is refused, and the next is sent on another`, async () => {
    const { clock, client } = fakeWorld();
    await settle();
    FakeSocket.last.welcome();
    const refused = assert.rejects(client.publish(say(1)), { code: code === 1009 ? 'too_large' : 'invalid_event' });
    const next = client.publish(say(2));
    await settle();
    FakeSocket.last.end(code);
    await refused;
    await clock.advance(250);
    FakeSocket.last.welcome();
    assert.equal(FakeSocket.last.asked('publish').event.data.n, 2);
    answer();
    await next;
    FakeSocket.last.end(code);
    assert.equal(client.state.name, 'closed');
  });
}
