import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fakeWorld, FakeSocket, settle } from './fakes.js';

const json = (status, body) => new Response(JSON.stringify(body), { status });

function answering(answer, options = {}) {
  const asked = [];
  const fetch = async (url, init) => {
    asked.push([url, init.headers.authorization]);
    return answer(init);
  };
  return { ...fakeWorld({ fetch, ...options }), asked };
}

test('what the API answers is read beside the WebSocket’s address, by whoever one is then', async () => {
  const tokens = ['ann', 'bob'];
  const { client, asked } = answering(() => json(200, { kpis: [] }), { token: () => tokens.shift() });
  await settle();
  assert.deepEqual(await client.read('kpis/revenue?by=day'), { kpis: [] });
  assert.deepEqual(asked, [['http://shop.test/api/kpis/revenue?by=day', 'Bearer bob']]);
  const anonymous = answering(() => json(200, {}));
  await anonymous.client.read('kpis');
  assert.deepEqual(anonymous.asked, [['http://shop.test/api/kpis', undefined]]);
});

for (const [what, answer, code] of [
  ['a refusal', () => json(403, { code: 'permission_denied', detail: 'not for you' }), 'permission_denied'],
  ['something else on the way', () => new Response('<html>', { status: 502 }), 'http_502'],
  ['a page instead of an answer', () => new Response('<html>'), 'offline'],
  ['no network', () => Promise.reject(new TypeError('fetch failed')), 'offline'],
]) {
  test(`${what} is a refusal: ${code}`, () => assert.rejects(answering(answer).client.read('kpis'), { name: 'Refusal', code }));
}

test('an answer that doesn’t come is given up after 15 s; a closed client reads nothing', async () => {
  const never = ({ signal }) => new Promise((resolve, reject) => signal.addEventListener('abort', () => reject(new Error('aborted'))));
  const { client, clock } = answering(never);
  let refused;
  client.read('kpis').catch((e) => (refused = e.code));
  await clock.advance(14_999);
  assert.equal(refused, undefined);
  await clock.advance(1);
  assert.equal(refused, 'offline');
  client.close();
  await assert.rejects(client.read('kpis'), { code: 'closed' });
});

test('a subscription is open while the server has agreed and there is a connection', async () => {
  const { client, clock } = fakeWorld();
  const orders = client.subscribe('orders');
  await settle();
  FakeSocket.last.welcome();
  assert.equal(orders.open, false);
  FakeSocket.last.subscribed('k1:0');
  assert.equal(orders.open, true);
  assert.equal(client.subscribe('orders').open, true, 'another that joins');
  FakeSocket.last.end(1006);
  assert.equal(orders.open, false);
  await clock.advance(250);
  FakeSocket.last.welcome();
  const { id, stream } = FakeSocket.last.asked('subscribe');
  FakeSocket.last.say({ type: 'error', id, stream, code: 'permission_denied', message: 'not for you' });
  assert.equal(orders.open, false);
});
