import assert from 'node:assert/strict';
import { afterEach, beforeEach, test } from 'node:test';
import { Millrace } from '../../main/js/millrace.js';
import { Server, until } from './server.js';

const TIMEOUT = { timeout: 20_000 };
let server;
let client;
let seen;
let resets;
let states;

beforeEach(async () => {
  server = await Server.start();
  [seen, resets, states] = [[], [], []];
});

afterEach(async () => {
  client.close();
  await server.stop();
});

function follow(options = {}, handlers = {}) {
  client = new Millrace({ url: server.url, onState: (s) => states.push(s.text), ...options });
  return client.subscribe('orders', {
    onEvent: (m) => seen.push(m.data.data.n),
    onReset: (reason) => resets.push(reason),
    ...handlers,
  });
}

const live = () => until(() => client.state.name === 'live');
const upTo = (n) => Array.from({ length: n }, (_, i) => i + 1);

test('a frame of several messages is delivered in order', TIMEOUT, async () => {
  follow();
  await live();
  server.publish(50);
  server.publish(1);
  await until(() => seen.length === 51);
  assert.deepEqual(seen, upTo(51));
});

test('the token goes in the first message, never in the URL', TIMEOUT, async () => {
  follow({ token: () => Promise.resolve('u1') });
  await live();
  assert.deepEqual(server.heard[0], { type: 'auth', token: 'u1' });
  assert.equal(client.identity.user, 'u1');
});

test('without a token the first message asks to be public', TIMEOUT, async () => {
  follow();
  await live();
  assert.deepEqual(server.heard[0], { type: 'auth' });
});

test('a dropped connection resumes without gap or repeat', TIMEOUT, async () => {
  const orders = follow();
  await live();
  for (let round = 0; round < 5; round++) {
    server.publish(3);
    await until(() => orders.received === server.log.length);
    server.cut();
    server.publish(4); // while nobody listens
    await until(() => orders.received === server.log.length);
  }
  assert.deepEqual(seen, upTo(35));
  assert.equal(orders.repeats, 0);
  assert.deepEqual(resets, []);
  assert.ok(states.some((s) => /^offline since .+ – next try in \d+ s$/.test(s)), states.join());
});

test('a server that is not there is tried again and again', TIMEOUT, async () => {
  follow();
  await live();
  await server.stop();
  const { port } = new URL(server.url);
  await until(() => states.filter((s) => s === 'connecting').length === 4);
  server = await Server.start(port);
  client.connect();
  await live();
});

test('what the handler already had is dropped and counted', TIMEOUT, async () => {
  const orders = follow();
  await live();
  server.publish(3);
  server.say(server.event(2), server.event(3));
  server.publish(1);
  await until(() => seen.length === 4);
  assert.deepEqual(seen, upTo(4));
  assert.equal(orders.repeats, 2);
});

test('a sealed position is known again though it cannot be compared', TIMEOUT, async () => {
  const orders = follow();
  await live();
  const sealed = (n) => ({ ...server.event(n), position: `sealed-${n}` });
  server.say(sealed(1), sealed(2), sealed(1), sealed(3));
  await until(() => seen.length === 3);
  assert.deepEqual(seen, upTo(3));
  assert.equal(orders.repeats, 1);
  assert.equal(orders.position, 'sealed-3');
});

test('a stream begun anew resets the handler and goes on from there', TIMEOUT, async () => {
  const orders = follow();
  await live();
  server.publish(2);
  await until(() => seen.length === 2);
  server.epoch = 'k2';
  server.cut();
  await until(() => resets.length === 1);
  assert.deepEqual(resets, ['not_recovered']);
  assert.equal(orders.position, 'k2:2');
  server.publish(1);
  await until(() => seen.length === 3);
});

test('a position without an event is where the resume begins', TIMEOUT, async () => {
  const orders = follow();
  await live();
  server.say({ type: 'position', stream: 'orders', position: 'k1:40' });
  await until(() => orders.position === 'k1:40');
  server.cut();
  await until(() => server.heard.some((m) => m.after === 'k1:40'));
});

test('a subscription starts after the position it is given', TIMEOUT, async () => {
  server.publish(5);
  follow({}, { after: 'k1:3' });
  await until(() => seen.length === 2);
  assert.deepEqual(seen, [4, 5]);
});

test('a gap that the server admits resets the handler', TIMEOUT, async () => {
  const orders = follow();
  await live();
  server.say({ type: 'gap', stream: 'orders', from: 'k1:1', to: 'k1:9', reason: 'slow_consumer' });
  await until(() => resets.length === 1);
  assert.deepEqual(resets, ['slow_consumer']);
  assert.equal(orders.position, 'k1:9');
});

test('a refused stream tells its own handler and leaves the others alone', TIMEOUT, async () => {
  follow();
  const errors = [];
  client.subscribe('payments', { onError: (e) => errors.push(e.code) });
  await live();
  server.publish(1);
  await until(() => seen.length === 1 && errors.length === 1);
  assert.deepEqual(errors, ['permission_denied']);
});

test('a handler that throws is reported and gets the next event', TIMEOUT, async () => {
  const faults = [];
  const onEvent = (m) => {
    seen.push(m.data.data.n);
    throw new Error('mine');
  };
  follow({ onFault: (e) => faults.push(e.message) }, { onEvent });
  await live();
  server.publish(2);
  await until(() => seen.length === 2);
  assert.deepEqual(faults, ['mine', 'mine']);
});

test('a message that is not JSON costs the connection, not an event', TIMEOUT, async () => {
  follow();
  await live();
  server.publish(1);
  await until(() => seen.length === 1);
  server.raw('{"type":"upd');
  server.publish(1);
  await until(() => seen.length === 2);
  assert.deepEqual(seen, [1, 2]);
});

test('a stream closed and followed anew hears nothing of the old subscription', TIMEOUT, async () => {
  const first = follow();
  await live();
  first.close();
  client.subscribe('orders', { after: 'k1:0', onEvent: (m) => seen.push(m.data.data.n) });
  server.publish(2);
  await until(() => seen.length === 2);
  server.publish(1);
  await until(() => seen.length === 3);
  assert.deepEqual(seen, upTo(3));
});
