import assert from 'node:assert/strict';
import { afterEach, beforeEach, test } from 'node:test';
import { Millrace } from '../../main/js/millrace.js';
import { EventData } from '../../main/js/sse.js';
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
const NodeSocket = globalThis.WebSocket;
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
const heard = (transport) => server.heard.filter((m) => m.transport === transport);

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

test('a server that is away is no reason to try another transport', TIMEOUT, async () => {
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

for (const transport of ['sse', 'poll']) {
  const on = (options, handlers) => follow({ transports: [transport], ...options }, handlers);

  test(`${transport}: a dropped connection resumes without gap or repeat`, TIMEOUT, async () => {
    const orders = on();
    await live();
    await until(() => heard(transport).length > 0 && orders.position !== undefined);
    for (let round = 0; round < 5; round++) {
      server.publish(3);
      await until(() => seen.length === server.log.length);
      server.cut();
      server.publish(4);
      await until(() => seen.length === server.log.length);
    }
    assert.deepEqual([seen, orders.repeats], [upTo(35), 0]);
  });

  test(`${transport}: a subscription starts after the position it is given, with its filter`, TIMEOUT, async () => {
    server.publish(5);
    on({}, { after: 'k1:3', filter: { 'data.country': 'FR' } });
    await until(() => seen.length === 2);
    assert.deepEqual([seen, heard(transport)[0].filter], [[4, 5], '{"data.country":"FR"}']);
  });

  test(`${transport}: a stream begun anew resets the handler and goes on from there`, TIMEOUT, async () => {
    const resets = [];
    on({}, { onReset: (reason) => resets.push(reason), after: 'k0:7' });
    await until(() => resets.length === 1);
    server.publish(2);
    await until(() => seen.length === 2);
    assert.deepEqual([resets, seen], [['not_recovered'], [1, 2]]);
  });

  test(`${transport}: a refused stream tells its own handler and leaves the others alone`, TIMEOUT, async () => {
    on();
    const errors = [];
    client.subscribe('payments', { onError: (e) => errors.push(`${e.code}: ${e.message}`) });
    await until(() => errors.length === 1);
    await live();
    await until(() => transport === 'poll' || server.connections === 1);
    server.publish(1);
    await until(() => seen.length === 1);
    assert.deepEqual(errors, ['permission_denied: not for you']);
  });

  test(`${transport}: publishing is a POST and its answer the same`, TIMEOUT, async () => {
    on();
    const answer = await client.publish({ type: 'a', data: {} });
    assert.equal(answer.status, 'committed');
    server.refuses = { events: { status: 403, code: 'permission_denied' } };
    await assert.rejects(client.publish({ type: 'a', data: {} }), { code: 'permission_denied', message: 'not now' });
    await assert.rejects(client.presence('orders'), { code: 'unavailable' });
  });

  test(`${transport}: a server that asks for patience gets it`, TIMEOUT, async () => {
    server.refuses = { [transport]: { status: 503, code: 'overloaded' } };
    const errors = [];
    on({}, { onError: (e) => errors.push(e.retryAfter) });
    await until(() => errors.length === 2);
    assert.deepEqual(errors, [1_000, 1_000]);
    server.refuses = {};
    await live();
  });

  test(`${transport}: without a token a refused stream or event is refused alone, and others go on`, TIMEOUT, async () => {
    on({ token: undefined });
    await live();
    const errors = [];
    client.subscribe('payments', { onError: (e) => errors.push(e.code) });
    await until(() => errors.length === 1);
    assert.deepEqual(errors, ['unauthenticated']);
    server.refuses = { events: { status: 401, code: 'unauthenticated' } };
    await assert.rejects(client.publish({ type: 'a', data: {} }), { code: 'unauthenticated' });
    server.refuses = {};
    server.publish(1);
    await until(() => seen.length === 1);
    assert.equal(client.state.name, 'live');
  });

  test(`${transport}: a token that is not accepted asks for another one`, TIMEOUT, async () => {
    server.refuses = { [transport]: { status: 401, code: 'unauthenticated' } };
    const tokens = ['old', 'new', 'new'];
    on({ token: () => tokens.shift() ?? 'new' });
    await until(() => heard(transport).some((m) => m.authorization === 'Bearer old'));
    server.refuses = {};
    await until(() => heard(transport).some((m) => m.authorization === 'Bearer new'));
    await live();
  });
}

test('streams share a response, each with its own options, and resume together', TIMEOUT, async () => {
  follow({ transports: ['sse'] });
  client.subscribe('inventory', {});
  client.subscribe('products', { rate: 1 });
  await live();
  await until(() => server.connections === 1);
  server.publish(2);
  await until(() => seen.length === 2);
  server.cut();
  await until(() => heard('sse').length === 2);
  const [, again] = heard('sse').map((m) => m.subscriptions);
  assert.deepEqual(again, [{ stream: 'orders', after: 'k1:2' }, { stream: 'inventory', after: 'k1:0' }, { stream: 'products', after: 'k1:0', rate: 1 }]);
});

for (const [streams, filter] of [[40, undefined], [90, { 'data.kind': 'text' }], [1, { 'data.id': { in: Array.from({ length: 500 }, (_, i) => `order-${i}`) } }]]) {
  test(`${streams} streams${filter === undefined ? '' : ' with filters'} need no long address and few connections, and resume`, TIMEOUT, async () => {
    follow({ transports: ['sse'] }, { filter });
    for (let i = 1; i < streams; i++) {
      client.subscribe(`room:${'long'.repeat(25)}:${i}`, filter === undefined ? {} : { filter: { ...filter, 'data.n': i } });
    }
    client.subscribe('payments', {});
    for (let round = 1; round <= 3; round++) {
      await live();
      await until(() => server.connections > 0);
      assert.ok(server.connections <= 2, `${server.connections} connections`);
      server.publish(1);
      await until(() => seen.length === round);
      server.cut();
      await until(() => server.connections === 0);
    }
    assert.deepEqual(seen, [1, 2, 3]);
  });
}

test('streams that are followed one after the other need no more than two responses', TIMEOUT, async () => {
  follow({ transports: ['sse'] });
  for (let i = 0; i < 9; i++) {
    await live();
    client.subscribe(`room:${i}`, { rate: i + 1 });
  }
  await live();
  server.publish(3);
  await until(() => seen.length === 3);
  await until(() => server.connections <= 2);
});

test('a filter that is too long for an address is posted by polling too', TIMEOUT, async () => {
  const filter = { 'data.id': { in: Array.from({ length: 500 }, (_, i) => `order-${i}`) } };
  follow({ transports: ['poll'] }, { filter });
  await live();
  server.publish(2);
  await until(() => seen.length === 2);
  assert.deepEqual(heard('poll')[0].filter, filter);
});

for (const transport of ['sse', 'poll']) {
  test(`${transport}: a first answer that never comes is given up, and it comes back`, TIMEOUT, async () => {
    server.silent.add('ws/info');
    follow({ transports: [transport] });
    await until(() => client.state.name === 'offline');
    server.silent.clear();
    await live();
    server.publish(1);
    await until(() => seen.length === 1);
  });

  for (const answer of [{ status: 502, page: '<html>Bad Gateway' }, { status: 504, page: '' }, { status: 429, page: 'null' }, { status: 500, code: 'internal' }]) {
    test(`${transport}: ${answer.status} without a word when to come back is a restart, not an end`, TIMEOUT, async () => {
      server.refuses = { [transport]: answer };
      const errors = [];
      follow({ transports: [transport] }, { onError: (e) => errors.push(e) });
      await until(() => client.state.name === 'offline');
      server.refuses = {};
      await live();
      server.publish(1);
      await until(() => seen.length === 1);
      assert.deepEqual(errors, []);
    });
  }

  test(`${transport}: what is published while something on the way answers 502, or nothing, is published once it is there`, TIMEOUT, async () => {
    follow({ transports: [transport] });
    await live();
    server.refuses = { events: { status: 502, page: '<html>Bad Gateway' } };
    const kept = client.publish({ type: 'a', data: {} });
    await until(() => heard('events').length > 1);
    server.refuses = {};
    assert.equal((await kept).status, 'committed');
    server.silent.add('events');
    const lost = client.publish({ type: 'b', data: {} });
    await until(() => client.state.name === 'offline');
    server.silent.clear();
    assert.equal((await lost).status, 'committed');
  });

  test(`${transport}: an event that can’t be written, or is too big, fails alone`, TIMEOUT, async () => {
    server.maxMessage = 2_000;
    follow({ transports: [transport] });
    await live();
    await assert.rejects(client.publish({ type: 'a', data: { n: 1n } }), { code: 'invalid_event' });
    await assert.rejects(client.publish({ type: 'a', data: { text: 'x'.repeat(2_000) } }), { code: 'too_large' });
    assert.equal((await client.publish({ type: 'a', data: {} })).status, 'committed');
    assert.equal(client.state.name, 'live');
  });
}

test('without AbortSignal.any and AbortSignal.timeout it gets through too', TIMEOUT, async () => {
  const { any, timeout } = AbortSignal;
  [AbortSignal.any, AbortSignal.timeout] = [undefined, undefined];
  try {
    for (const transport of ['sse', 'poll']) {
      follow({ transports: [transport] });
      await live();
      server.publish(1);
      await until(() => seen.length === server.log.length);
      client.close();
    }
    server.blocked.add('websocket');
    follow({ WebSocket: NodeSocket });
    await live();
  } finally {
    [AbortSignal.any, AbortSignal.timeout] = [any, timeout];
  }
});

test('where there is no WebSocket it listens to events at once', TIMEOUT, async () => {
  const there = globalThis.WebSocket;
  globalThis.WebSocket = undefined;
  try {
    follow();
    await live();
    server.publish(1);
    await until(() => seen.length === 1);
    assert.deepEqual([client.transport, heard('websocket')], ['sse', []]);
  } finally {
    globalThis.WebSocket = there;
  }
});

for (const [options, words] of [
  [{ transports: ['websocket'], WebSocket: null }, /can't be had here/],
  [{ transports: [] }, /can't be had here/],
  [{ transports: ['websockets'] }, /"websockets" is none of websocket, sse, poll/],
  [{ url: '/api/ws' }, /only a page may give a path alone/],
  [{ url: 'localhost:8080' }, /is not an address/],
  [{ url: 'ftp://shop.test/api/ws' }, /is not an address/],
]) {
  test(`what can't work is said at once: ${JSON.stringify(options)}`, () => {
    const there = globalThis.WebSocket;
    globalThis.WebSocket = options.WebSocket === null ? undefined : there;
    try {
      const { WebSocket, ...others } = options;
      assert.throws(() => new Millrace({ url: server.url, ...others }), words);
    } finally {
      globalThis.WebSocket = there;
      follow();
    }
  });
}

for (const path of ['', '/', '/api/ws/', '/api/ws?a=b']) {
  test(`an address that ends in "${path}" is the usual one`, TIMEOUT, async () => {
    for (const transport of ['websocket', 'sse']) {
      seen.length = 0;
      follow({ url: server.url.replace('/api/ws', path).replace(transport === 'sse' ? 'ws:' : 'http:', transport === 'sse' ? 'http:' : 'ws:'), transports: [transport] });
      await live();
      server.publish(1);
      await until(() => seen.length === 1);
      client.close();
    }
  });
}

test('an address where there is nothing of ours is said to be one', TIMEOUT, async () => {
  server.blocked.add('websocket');
  follow({ url: server.url.replace('/api/ws', '/elsewhere/ws') });
  await until(() => client.state.why?.message.includes('/elsewhere/ws/info answered 404: is url right?'));
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
