import assert from 'node:assert/strict';
import { afterEach, beforeEach, test } from 'node:test';
import { Millrace } from '../../main/resources/META-INF/resources/client/millrace.js';
import { EventData } from '../../main/resources/META-INF/resources/client/sse.js';
import { Server, until } from './server.js';

const TIMEOUT = { timeout: 60_000 };
/** A minute of the client's is six seconds of ours; more haste, and a busy machine looks like a network that is blocked. */
const HASTE = 10;
const QUICK = {
  now: () => performance.now() * HASTE,
  wall: () => Date.now(),
  setTimeout: (f, ms) => setTimeout(f, ms / HASTE),
  clearTimeout,
};
const upTo = (n) => Array.from({ length: n }, (_, i) => i + 1);
let server;
let client;
let seen;

beforeEach(async () => {
  server = await Server.start();
  server.heartbeat = 1_500_000;
  seen = [];
});

afterEach(async () => {
  client.close();
  await server.stop();
});

function follow(options = {}, handlers = {}) {
  client = new Millrace({ url: server.url, clock: QUICK, token: 'u', ...options });
  return client.subscribe('orders', { onEvent: (m) => seen.push(m.data.data.n), ...handlers });
}

const live = () => until(() => client.state.name === 'live');
const heard = (road) => server.heard.filter((m) => m.road === road);

test('where WebSockets do not get through it listens to events', TIMEOUT, async () => {
  server.blocked.add('websocket');
  follow();
  await live();
  assert.equal(client.transport, 'sse');
  assert.equal(heard('websocket').length, 2);
  await until(() => server.connections === 1);
  server.publish(30);
  await until(() => seen.length === 30);
  assert.deepEqual(seen, upTo(30));
  assert.equal(heard('sse')[0].authorization, 'Bearer u');
});

test('where events do not get through either it polls', TIMEOUT, async () => {
  server.blocked.add('websocket').add('sse');
  const orders = follow();
  await until(() => client.transport === 'poll' && client.state.name === 'live');
  server.publish(3);
  await until(() => seen.length === 3);
  server.publish(2);
  await until(() => seen.length === 5);
  assert.deepEqual(seen, upTo(5));
  assert.equal(orders.position, 'k1:5');
});

test('a server that is away is no reason to try another road', TIMEOUT, async () => {
  await server.stop();
  follow();
  await until(() => client.state.name === 'offline');
  for (let i = 0; i < 4; i++) {
    client.connect();
    await until(() => client.state.name === 'offline');
  }
  assert.equal(client.transport, undefined);
  server = await Server.start();
});

test('as soon as WebSockets get through it moves over, without gap or repeat', TIMEOUT, async () => {
  server.blocked.add('websocket');
  const states = [];
  const orders = follow({ onState: (s) => states.push(s.name) });
  await live();
  await until(() => server.connections === 1);
  server.publish(2);
  await until(() => seen.length === 2);
  server.blocked.clear();
  await until(() => client.transport === 'websocket' && client.state.name === 'live');
  server.publish(2);
  await until(() => seen.length === 4);
  assert.deepEqual([seen, orders.repeats], [upTo(4), 0]);
  assert.ok(states.indexOf('offline', states.indexOf('live')) < 0, states.join());
  await until(() => server.connections === 1);
});

test('a flow of events that has gone silent is given up and taken up again', TIMEOUT, async () => {
  server.heartbeat = 10_000;
  follow({ transports: ['sse'] });
  await live();
  await until(() => client.state.name === 'offline');
  await live();
  server.publish(1);
  await until(() => seen.length === 1);
});

for (const road of ['sse', 'poll']) {
  const on = (options, handlers) => follow({ transports: [road], ...options }, handlers);

  test(`${road}: a dropped connection resumes without gap or repeat`, TIMEOUT, async () => {
    const orders = on();
    await live();
    await until(() => heard(road).length > 0 && orders.position !== undefined);
    for (let round = 0; round < 5; round++) {
      server.publish(3);
      await until(() => seen.length === server.log.length);
      server.cut();
      server.publish(4);
      await until(() => seen.length === server.log.length);
    }
    assert.deepEqual([seen, orders.repeats], [upTo(35), 0]);
  });

  test(`${road}: a subscription starts after the position it is given, with its filter`, TIMEOUT, async () => {
    server.publish(5);
    on({}, { after: 'k1:3', filter: { 'data.country': 'FR' } });
    await until(() => seen.length === 2);
    assert.deepEqual([seen, heard(road)[0].filter], [[4, 5], '{"data.country":"FR"}']);
  });

  test(`${road}: a stream begun anew resets the handler and goes on from there`, TIMEOUT, async () => {
    const resets = [];
    on({}, { onReset: (reason) => resets.push(reason), after: 'k0:7' });
    await until(() => resets.length === 1);
    server.publish(2);
    await until(() => seen.length === 2);
    assert.deepEqual([resets, seen], [['not_recovered'], [1, 2]]);
  });

  test(`${road}: a refused stream tells its own handler and leaves the others alone`, TIMEOUT, async () => {
    on();
    const errors = [];
    client.subscribe('payments', { onError: (e) => errors.push(`${e.code}: ${e.message}`) });
    await until(() => errors.length === 1);
    await live();
    await until(() => road === 'poll' || server.connections === 1);
    server.publish(1);
    await until(() => seen.length === 1);
    assert.deepEqual(errors, ['permission_denied: not for you']);
  });

  test(`${road}: publishing is a POST and its answer the same`, TIMEOUT, async () => {
    on();
    const answer = await client.publish({ type: 'a', data: {} });
    assert.equal(answer.status, 'committed');
    server.refuses = { events: { status: 403, code: 'permission_denied' } };
    await assert.rejects(client.publish({ type: 'a', data: {} }), { code: 'permission_denied', message: 'not now' });
    await assert.rejects(client.presence('orders'), { code: 'unavailable' });
  });

  test(`${road}: a server that asks for patience gets it`, TIMEOUT, async () => {
    server.refuses = { [road]: { status: 503, code: 'overloaded' } };
    const errors = [];
    on({}, { onError: (e) => errors.push(e.retryAfter) });
    await until(() => errors.length === 2);
    assert.deepEqual(errors, [1_000, 1_000]);
    server.refuses = {};
    await live();
  });

  test(`${road}: a token that is not accepted asks for another one`, TIMEOUT, async () => {
    server.refuses = { [road]: { status: 401, code: 'unauthenticated' } };
    const tokens = ['old', 'new', 'new'];
    on({ token: () => tokens.shift() ?? 'new' });
    await until(() => heard(road).some((m) => m.authorization === 'Bearer old'));
    server.refuses = {};
    await until(() => heard(road).some((m) => m.authorization === 'Bearer new'));
    await live();
  });
}

test('streams that are wished for alike share a response, and resume together', TIMEOUT, async () => {
  follow({ transports: ['sse'] });
  client.subscribe('inventory', {});
  client.subscribe('products', { rate: 1 });
  await live();
  await until(() => server.connections === 2);
  assert.deepEqual(heard('sse').map((m) => m.streams), [['orders', 'inventory'], ['products']]);
  server.publish(2);
  await until(() => seen.length === 2);
  server.cut();
  await until(() => heard('sse').length === 4);
  assert.equal(heard('sse')[2].after, 'orders=k1:2,inventory=k1:0');
});

test('more streams than a browser has connections for are polled in turns', TIMEOUT, async () => {
  follow({ transports: ['poll'] });
  for (let i = 0; i < 9; i++) {
    client.subscribe(`room:${i}`, {});
  }
  await live();
  server.publish(1);
  await until(() => seen.length === 1);
  assert.ok(heard('poll').slice(12).every((m) => m.wait === '3'));
});

test('however much happens, no more questions are asked than a server takes', TIMEOUT, async () => {
  follow({ transports: ['poll'] });
  await live();
  const began = QUICK.now();
  for (let n = 1; n <= 100; n++) {
    server.publish(1);
    await new Promise((later) => setTimeout(later, 10));
  }
  await until(() => seen.length === 100);
  assert.deepEqual(seen, upTo(100));
  assert.ok(heard('poll').length < 12 + (QUICK.now() - began) / 700, `${heard('poll').length} questions`);
});

test('events come whole however they were cut on the way', () => {
  const text = 'retry: 2000\r\n\r\n: alive\n\nevent: update\nid: k1:1\ndata: {"n":\ndata: 1}\n\ndata:{"n":2}\r\r';
  for (let size = 1; size < text.length; size++) {
    const taken = [];
    const events = new EventData((data) => taken.push(JSON.parse(data).n));
    for (let at = 0; at < text.length; at += size) {
      events.push(text.slice(at, at + size));
    }
    events.push('\n');
    assert.deepEqual(taken, [1, 2], `in parts of ${size}`);
  }
});
