import assert from 'node:assert/strict';
import { mock, test } from 'node:test';
import { Catalog } from '../../main/resources/META-INF/resources/dashboard/catalog.js';
import { Follow } from '../../main/resources/META-INF/resources/dashboard/follow.js';
import { Stream } from '../../main/resources/META-INF/resources/dashboard/model/stream.js';

globalThis.fetch = async () => ({ ok: true, json: async () => ({ events: [] }) });

const types = [
  { name: 'loan:made', see: 'all', stream: 'loans', entity: { kind: 'loan' } },
  { name: 'room:entered', see: 'all', stream: 'room:{data.roomId}' },
  { name: 'room:closed', see: 'none', stream: 'room:{data.roomId}', entity: { kind: 'room' } },
];
const message = (position, data) => ({ type: 'update', timestamp: '2026-01-31T09:30:00Z', position, data: { id: position, ...data } });

/** A client whose subscription is told what a test says. */
function scene() {
  const asked = [];
  const entities = [];
  const client = { subscribe: (name, wishes) => asked.push({ name, ...wishes }) && { entities, close() {} } };
  return { asked, entities, stream: new Stream(client, () => 't', new Catalog(types), () => {}) };
}

test('a stream is followed with its entities where one may see types that make some', async () => {
  const { asked, stream } = scene();
  await stream.follow('loans');
  await stream.follow('room:42');
  assert.deepEqual(asked.map(({ name, state, delta }) => [name, state, delta]), [['loans', true, true], ['room:42', undefined, undefined]]);
  assert.deepEqual(stream.kinds, []);
});

test('an event shows what it said, what changed, or that its entity is deleted', async () => {
  const { asked, stream } = scene();
  await stream.follow('loans');
  const entity = { kind: 'loan', id: 'l1' };
  asked[0].onEvent(message('k:1', { type: 'loan:made', entity, version: 1, state: { days: 3 } }));
  asked[0].onEvent(message('k:2', { type: 'loan:made', entity, version: 2, patch: { days: 4 } }));
  asked[0].onEvent(message('k:3', { type: 'loan:made', entity, version: 3, state: null }));
  asked[0].onEvent(message('k:4', { type: 'loan:asked', data: { by: 'ada' } }));
  assert.deepEqual(
    stream.events.map((e) => [e.about, e.fields]),
    [['', { by: 'ada' }], ['loan l1, deleted', {}], ['loan l1', { days: 4 }], ['loan l1', { days: 3 }]],
  );
});

test('the entity that changed last comes first, then as the server told them', async () => {
  const { asked, entities, stream } = scene();
  await stream.follow('loans');
  entities.push(...['new', 'old', 'older'].map((id) => ({ kind: 'loan', id })));
  asked[0].onEntity({ kind: 'loan', id: 'older' });
  assert.deepEqual(stream.entities('loan').map((e) => e.id), ['older', 'new', 'old']);
});

test('what was shown of a stream is taken away when it may not be seen any more', async () => {
  const { asked, stream } = scene();
  await stream.follow('loans');
  const [told] = asked;
  told.onLoad();
  for (const [why, status] of [
    [{ code: 'rights_changed' }, 'following'],
    [{ code: 'signed_out', message: 'the token has been revoked' }, 'denied'],
  ]) {
    told.onEvent(message(`k:${why.code}`, { type: 'loan:asked', data: { by: 'ada' } }));
    assert.equal(stream.events.length, 1);
    told.onLost(why);
    assert.deepEqual([stream.events, stream.status], [[], status]);
  }
  told.onError({ code: 'permission_denied', message: 'no' });
  assert.equal(stream.status, 'denied');
});

test('a model that follows a stream is emptied at once, and loaded anew where other rights hold', async () => {
  const asked = [];
  const client = { state: { name: 'live' }, subscribe: (_, handlers) => asked.push(handlers) && { close() {} } };
  const model = { events: [], reset: () => (model.events = []), apply: (m) => model.events.push(m) };
  const follow = new Follow({ client, token: () => 't', stream: 'orders', model, past: false, changed: () => {} });
  await follow.start();
  asked[0].onSubscribed({ position: 'k:1' });
  asked[0].onEvent(message('k:2', {}));
  asked[0].onLost({ code: 'rights_changed' });
  assert.deepEqual([model.events, follow.status], [[], 'loading']);
  asked[0].onLost({ code: 'signed_out', message: 'the token has been revoked' });
  assert.deepEqual([follow.status, follow.problem], ['denied', 'the token has been revoked']);
});

test('a filter that is chosen while the past is loaded holds from the first event on', async () => {
  const wishes = [];
  const client = { state: { name: 'live' }, subscribe: (_, wish) => wishes.push(wish) && { received: 0, repeats: 0, close() {} } };
  const model = { events: [], reset: () => (model.events = []), apply: (m) => model.events.push(m) };
  const before = globalThis.fetch;
  let go;
  globalThis.fetch = () => new Promise((answered) => (go = answered));
  const follow = new Follow({ client, token: () => 't', stream: 'orders', model, past: true, changed: () => {} });
  const started = follow.start();
  await new Promise((turn) => setImmediate(turn));
  await follow.only({ country: 'France' });
  go({ ok: true, json: async () => ({ events: [message('k:1', {})], next: 'k:1' }) });
  await started;
  globalThis.fetch = before;
  assert.deepEqual(wishes.map(({ filter, after }) => [filter, after]), [[{ country: 'France' }, 'beginning']]);
  assert.deepEqual(model.events, []);
});

test('a past that can’t be loaded is told, and tried again until nobody follows any more', async (t) => {
  mock.timers.enable({ apis: ['setTimeout'] });
  t.after(() => mock.timers.reset());
  const before = globalThis.fetch;
  t.after(() => (globalThis.fetch = before));
  let asked = 0;
  globalThis.fetch = async () => {
    asked++;
    return Response.json({ detail: 'PostgreSQL does not answer' }, { status: 503 });
  };
  const client = { state: { name: 'live' }, subscribe: () => assert.fail('without a past nothing is followed') };
  const follow = new Follow({ client, token: () => 't', stream: 'alerts', model: {}, past: true, changed: () => {} });
  await follow.start();
  assert.deepEqual([follow.status, follow.problem], ['loading', 'PostgreSQL does not answer']);
  const tick = async () => {
    mock.timers.tick(15_000);
    await new Promise((turn) => setImmediate(turn));
  };
  await tick();
  assert.equal(asked, 2);
  follow.close();
  await tick();
  assert.equal(asked, 2);
});
