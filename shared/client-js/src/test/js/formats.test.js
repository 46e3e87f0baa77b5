import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { items } from '../../main/js/cbor.js';
import { MessageReader } from '../../main/js/message-formats.js';
import { Millrace } from '../../main/js/millrace.js';
import { FakeClock, FakeSocket, settle } from './fakes.js';

/** What the server sends: its own tests compare the guide with it. */
const GUIDE = readFileSync(new URL('../../../../docs/message-formats.md', import.meta.url), 'utf8');
const example = (name) => GUIDE.split(`<!-- example: ${name} -->`)[1].split('```')[1].replace(/^.*\n/, '').trimEnd();
const bytes = (hex) => Uint8Array.from(hex.replace(/\s/g, '').match(/../g) ?? [], (byte) => parseInt(byte, 16));
const value = (hex) => [...items(bytes(hex))][0];
const plain = example('plain').split('\n').map((line) => JSON.parse(line));

function reader() {
  const made = new MessageReader();
  const [subscribed] = made.read(example('subscribed'));
  const { number, since, types, ...rest } = JSON.parse(example('subscribed'));
  assert.deepEqual(subscribed, rest);
  assert.equal(number > 0 && since > 0 && types.length > 0, true);
  return made;
}

test('the forms of the guide say the same', () => {
  const made = reader();
  assert.deepEqual([...made.read(example('plain'))], plain);
  assert.deepEqual([...made.read(example('compact'))], plain);
  assert.deepEqual([...made.read(bytes(example('cbor')).buffer)], plain);
  assert.deepEqual([...made.read(bytes(example('cbor-pong')).buffer)], [{ type: 'pong', id: 7 }]);
});

test('a time whose microseconds a number can’t hold is not counted from', () => {
  const made = reader();
  const { number, since } = JSON.parse(example('subscribed'));
  const [event] = made.read(`[${number},"a:b","~________f_-P_________w",1,"k3:9","s",{}]`);
  assert.equal(event.data.id, 'ffffffff-ffff-7fff-8fff-ffffffffffff');
  assert.equal(event.timestamp, new Date(since / 1_000).toISOString().replace('Z', '001Z'));
});

test('an event of a stream or a type without a name is not guessed', () => {
  for (const event of ['[8,0,"e",0,0,"s",{}]', '[7,9,"e",0,0,"s",{}]', '[0,0,"e",0,0,"s",{}]']) {
    assert.throws(() => [...reader().read(event)], /without a name/);
  }
});

test('ids, times and positions are what they were', () => {
  const made = reader();
  const [event] = made.read('[7,"a:b","~~x",-1763700000000000,"s.abc","s",{},{"type":"alert","priority":"low","superseded":true}]');
  assert.deepEqual(event, {
    type: 'alert',
    timestamp: '1970-01-01T00:00:00Z',
    stream: 'orders',
    position: 's.abc',
    priority: 'low',
    superseded: true,
    data: { id: '~x', type: 'a:b', source: 's', data: {}, metadata: {} },
  });
  const lines = ['[7,0,"e1",1,"k1:3","s",{}]', '[0,0,"e2",999,4,0,{}]', '[0,0,"e3",1000,0,"t",{}]', '[0,0,"e4",-3000000,5,0,{}]'];
  const events = [...made.read(lines.join('\n'))];
  assert.deepEqual(
    events.map((e) => [e.timestamp.slice(17), e.position, e.data.source]),
    [
      ['00.000001Z', 'k1:3', 's'],
      ['00.001Z', 'k1:4', 's'],
      ['00.002Z', undefined, 't'],
      ['57.002Z', 'k1:5', 't'],
    ],
  );
});

test('CBOR values are those of JSON', () => {
  assert.equal(value('1903e8'), 1000);
  assert.equal(value('1b7fffffffffffffff'), JSON.parse('9223372036854775807'));
  assert.equal(value('3b7fffffffffffffff'), -(2 ** 63));
  assert.equal(value('c249010000000000000000'), 2 ** 64);
  assert.equal(value('c349010000000000000000'), -(2 ** 64));
  assert.equal(value('c48221196ab3'), 273.15);
  assert.equal(value('c48236c24b0a374cd80c35a16100000f'), Number(`${0x0a374cd80c35a16100000fn}e-23`));
  assert.equal(value('fa47c35000'), 100000);
  assert.equal(Object.is(value('fa80000000'), -0), true);
  assert.equal(value('fb3ff199999999999a'), 1.1);
  assert.deepEqual(value('bf6161f56162f6ff'), { a: true, b: null });
  assert.deepEqual(value('9f0180f4ff'), [1, [], false]);
  assert.equal(value('7f61c361a963efbbbf60ff'), 'é\ufeff');
  const odd = value('a1695f5f70726f746f5f5f01');
  assert.deepEqual(Object.keys(odd), ['__proto__']);
  assert.deepEqual([...items(bytes('0001'))], [0, 1]);
});

test('what is no CBOR, or ends too early, is an error', () => {
  for (const hex of ['ff', '1b00', '62', '6261', '82', '8201', 'a16161', 'bf', '9f01', '7f6161', '61c3', 'f7', 'fc', '1c', 'd820', 'a1ff01', 'c482']) {
    assert.throws(() => [...items(bytes(hex))], Error, hex);
  }
});

/** A socket that is told which forms it offers. */
class Offering extends FakeSocket {
  constructor(url, protocols) {
    super(url);
    this.protocols = protocols;
  }
}

async function follow(format, options = {}) {
  const seen = [];
  const client = new Millrace({ url: 'ws://server.invalid', WebSocket: Offering, clock: new FakeClock(), share: false, transports: ['websocket'], format });
  client.subscribe('orders', { ...options, onEvent: (message) => seen.push(message) });
  await settle();
  const socket = FakeSocket.last;
  socket.welcome();
  return { client, seen, socket };
}

test('a form is offered with those that an older server knows, and none by default', async () => {
  for (const [format, offered] of [
    [undefined, undefined],
    ['json', undefined],
    ['compact', ['v1.compact.millrace', 'millrace']],
    ['cbor', ['v1.cbor.millrace', 'v1.compact.millrace', 'millrace']],
  ]) {
    const { client, socket } = await follow(format);
    assert.deepEqual(socket.protocols, offered);
    client.close();
  }
  assert.throws(() => new Millrace({ url: 'ws://server.invalid', format: 'xml' }), /format: "xml" is none of json, compact, cbor/);
});

test('handlers are given the same in every form, and a resume asks for the same position', async () => {
  for (const format of ['json', 'compact', 'cbor']) {
    const { client, seen, socket } = await follow(format);
    const { id } = socket.asked('subscribe');
    socket.onmessage({ data: JSON.stringify({ ...JSON.parse(example('subscribed')), id }) });
    socket.onmessage({ data: format === 'json' ? example('plain') : format === 'compact' ? example('compact') : bytes(example('cbor')).buffer });
    // The third is the second again, as `delta` has it: a repeat.
    assert.deepEqual(seen, plain.slice(0, 2), format);
    client.close();
  }
});

test('a message that cannot be read costs the connection, not an event', async () => {
  const { client, seen, socket } = await follow('cbor');
  const { id } = socket.asked('subscribe');
  socket.onmessage({ data: JSON.stringify({ ...JSON.parse(example('subscribed')), id }) });
  socket.onmessage({ data: bytes(`${example('cbor').slice(0, 60)}`).buffer });
  assert.equal(socket.readyState, 3);
  assert.deepEqual(seen, []);
  await settle();
  assert.notEqual(client.state.name, 'live');
  client.close();
});
