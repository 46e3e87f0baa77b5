import assert from 'node:assert/strict';
import { test } from 'node:test';
import { StreamLag } from '../../main/resources/META-INF/resources/dashboard/stream-lag.js';
import { counting, Kpis } from '../../main/resources/META-INF/resources/dashboard/kpis.js';
import { Orders } from '../../main/resources/META-INF/resources/dashboard/model/orders.js';
import { sales } from '../../main/resources/META-INF/resources/dashboard/model/sales.js';

const REVENUE = { name: 'revenue', type: 'order:created', every: 60_000, rollups: ['day', 'week', 'month'], count: 3, value: 4361987.98 };
const ORDERS = { ...REVENUE, name: 'orders', value: 4 };

/** What a server answers: by path, or a failure. */
const server = (answers) => async (path) => {
  const answer = answers[path];
  if (answer === undefined || answer instanceof Error) {
    throw answer ?? new Error(`nobody asks for ${path}`);
  }
  return answer;
};

const kpis = async (answers) => {
  const read = new Kpis(() => 't', () => {}, server(answers), () => {});
  read.draw('revenue');
  await read.again();
  return read;
};

const rows = (...all) => ({ rows: all.map(([start, value, count]) => ({ start: `${start}T05:00:00Z`, date: start, value, count })) });
const NOTHING = { '/api/kpis/revenue?by=month': rows(), '/api/kpis/revenue?by=day': rows() };
const unfiltered = () => ({ filtered: false, model: new Orders() });
const order = (total, position, more = {}) => ({
  timestamp: '2026-01-31T09:30:00Z',
  position,
  data: { id: position, type: 'order:created', data: { orderId: position, total, currency: 'GBP' } },
  ...more,
});

test('revenue, orders and months are the KPI’s, whatever the page has received', async () => {
  const answers = {
    '/api/kpis': { kpis: [REVENUE, ORDERS] },
    '/api/kpis/revenue?by=month': rows(['2010-12-01', 700000.5, 1], ['2011-03-01', 3661987.48, 2]),
  };
  const follow = unfiltered();
  follow.model.apply(order(1, 'k:1'), true);
  const shown = sales(await kpis(answers), follow);
  assert.deepEqual([shown.revenue, shown.orders, shown.average], [4361987.98, 4, 4361987.98 / 3]);
  assert.equal(shown.unit, 'month');
  assert.deepEqual(
    shown.buckets.map((b) => [new Date(b.start).toISOString().slice(0, 7), b.amount, b.count]),
    [['2010-12', 700000.5, 1], ['2011-01', 0, 0], ['2011-02', 0, 0], ['2011-03', 3661987.48, 2]],
  );
});

test('a time that nobody can have meant doesn’t stretch the axis beyond what can be told apart', async () => {
  const answers = {
    '/api/kpis': { kpis: [REVENUE] },
    '/api/kpis/revenue?by=month': rows(['1903-01-01', 1, 1], ['2026-01-01', 2, 1], ['2026-02-01', 3, 1]),
  };
  const { buckets } = sales(await kpis(answers), unfiltered());
  assert.ok(buckets.length <= 400, `${buckets.length} bars`);
  assert.deepEqual(buckets.slice(-2).map((b) => b.amount), [2, 3]);
});

test('a few weeks are drawn by day', async () => {
  const answers = {
    '/api/kpis': { kpis: [REVENUE] },
    '/api/kpis/revenue?by=month': rows(['2026-01-01', 2, 1], ['2026-02-01', 3, 1]),
    '/api/kpis/revenue?by=day': rows(['2026-01-30', 2, 1], ['2026-02-01', 3, 1]),
  };
  const { unit, buckets } = sales(await kpis(answers), unfiltered());
  assert.deepEqual([unit, buckets.map((b) => b.amount)], ['day', [2, 0, 3]]);
});

test('a server of the release before gives no dates: its months begin in UTC', async () => {
  const answers = {
    '/api/kpis': { kpis: [REVENUE] },
    '/api/kpis/revenue?by=month': { rows: ['2010-12', '2011-03'].map((month) => ({ start: `${month}-01T00:00:00Z`, value: 2, count: 1 })) },
  };
  const { buckets } = sales(await kpis(answers), unfiltered());
  assert.deepEqual(
    buckets.map((b) => [new Date(b.start).toISOString().slice(0, 7), b.amount]),
    [['2010-12', 2], ['2011-01', 0], ['2011-02', 0], ['2011-03', 2]],
  );
});

for (const [what, answers] of [
  ['can’t be read', {}],
  ['may not be read', { '/api/kpis': { kpis: [] } }],
  ['has no periods now', { '/api/kpis': { kpis: [REVENUE] } }],
]) {
  test(`a KPI that ${what} is no zero, and draws no month`, async () => {
    const shown = sales(await kpis(answers), unfiltered());
    assert.deepEqual([shown.revenue, shown.orders, shown.average, shown.buckets], [undefined, undefined, undefined, []]);
  });
}

test('figures that can’t be read any more stay, and say of when they are', async () => {
  const answers = { '/api/kpis': { kpis: [REVENUE] }, ...NOTHING };
  const read = await kpis(answers);
  answers['/api/kpis'] = Object.assign(new Error('away'), { status: 503 });
  await read.again();
  const shown = sales(read, unfiltered());
  assert.equal(shown.revenue, 4361987.98);
  assert.ok(shown.since > 0);
});

/** A client whose streams are told by the test. */
const connection = () => {
  const told = { state: { name: 'connecting' }, streams: new Map() };
  told.on = (name, listen) => (told.listen = listen);
  told.off = () => (told.listen = () => {});
  told.show = (name) => told.listen((told.state = { name }));
  told.subscribe = (stream, handlers) => {
    told.streams.set(stream, handlers);
    return { unsubscribe: () => told.streams.delete(stream) };
  };
  told.say = (name, data) => told.streams.get(`kpi:${name}`).onEvent({ data: { data } });
  return told;
};
const settled = () => new Promise((go) => setImmediate(go));

test('a figure is read once, and then as its stream tells it', async () => {
  const asked = [];
  const answer = server({ '/api/kpis': { kpis: [REVENUE, ORDERS] }, ...NOTHING });
  const read = new Kpis(() => 't', () => {}, (path) => asked.push(path) && answer(path), () => {});
  await read.again();
  const client = connection();
  read.follow(client);
  client.show('live');
  await settled();
  client.say('revenue', { kpi: 'revenue', value: 10, count: 4, change: 5, windows: { today: { value: 5 } } });
  client.say('orders', { kpi: 'orders', value: 5, count: 5 });
  assert.deepEqual([read.get('revenue').value, read.get('revenue').windows.today.value, read.get('orders').value], [10, 5, 5]);
  assert.equal(read.get('revenue').type, 'order:created', 'what a stream doesn’t tell stays known');
  assert.deepEqual(asked, ['/api/kpis', '/api/kpis'], 'at the beginning, and with the connection');
});

test('what a stream has told is newer than a reading that was under way', async () => {
  let go;
  const slow = new Promise((resolve) => (go = resolve));
  let slowly = false;
  const read = new Kpis(() => 't', () => {}, async () => (slowly && (await slow), { kpis: [REVENUE] }), () => {});
  await read.again();
  const client = connection();
  read.follow(client);
  slowly = true;
  client.show('live');
  client.say('revenue', { value: 99, count: 9 });
  go();
  await settled();
  assert.equal(read.get('revenue').value, 99);
});

test('who closes the figures follows none any more, and the connection goes on', async () => {
  const read = new Kpis(() => 't', () => {}, server({ '/api/kpis': { kpis: [REVENUE, ORDERS] }, ...NOTHING }), () => {});
  await read.again();
  const client = connection();
  read.follow(client);
  assert.equal(client.streams.size, 2);
  read.close();
  assert.equal(client.streams.size, 0);
  client.show('live');
  await settled();
  assert.deepEqual([client.streams.size, read.all], [0, []]);
});

test('a figure that is still a part says how much of it, until it is whole', async () => {
  const part = { ...REVENUE, catchingUp: { counted: 1_299, of: 3_000 } };
  const read = new Kpis(() => 't', () => {}, server({ '/api/kpis': { kpis: [part, ORDERS] }, ...NOTHING }), () => {});
  await read.again();
  const client = connection();
  read.follow(client);
  assert.equal(counting(read.all), 'Earlier events are still being counted: 43 % so far.');
  assert.match(sales(read, { filtered: false, model: new Orders() }).words, /still being counted: 43 %/);
  client.say('revenue', { value: 5, count: 5, catchingUp: { counted: 2_999, of: 3_000 } });
  assert.match(counting(read.all), /99 %/, 'not 100 before it is whole');
  client.say('revenue', { value: 6, count: 6 });
  assert.equal(counting(read.all), '');
  assert.doesNotMatch(sales(read, { filtered: false, model: new Orders() }).words, /counted/);
});

test('the periods of a figure that moves all the time are read at most every five seconds', async () => {
  const asked = [];
  const waits = [];
  const answer = server({ '/api/kpis': { kpis: [{ ...REVENUE, rollups: ['month'] }] }, ...NOTHING });
  const read = new Kpis(() => 't', () => {}, (path) => asked.push(path) && answer(path), (task, ms) => waits.push([task, ms]));
  read.draw('revenue', 'month');
  await read.again();
  const client = connection();
  read.follow(client);
  client.show('live');
  await settled();
  for (let value = 1; value <= 10; value++) {
    client.say('revenue', { value, count: value });
  }
  const months = () => asked.filter((path) => path.includes('by=month')).length;
  assert.equal(months(), 2, 'at the beginning, and with the connection');
  assert.equal(waits.length, 1);
  assert.ok(waits[0][1] > 4_000 && waits[0][1] <= 5_000, `${waits[0][1]} ms`);
  waits[0][0]();
  await settled();
  assert.equal(months(), 3);
});

test('without a connection figures say of when they are, and those of a KPI that may not be followed any more go', async () => {
  const answers = { '/api/kpis': { kpis: [REVENUE, ORDERS] }, ...NOTHING };
  const read = new Kpis(() => 't', () => {}, server(answers), () => {});
  await read.again();
  const client = connection();
  read.follow(client);
  assert.equal(read.stale, false, 'not yet connected is no trouble');
  client.show('live');
  await settled();
  client.show('reconnecting');
  assert.equal(read.stale, true);
  client.show('live');
  await settled();
  assert.equal(read.stale, false);
  answers['/api/kpis'] = { kpis: [ORDERS] };
  client.streams.get('kpi:revenue').onLost({ code: 'rights_changed' });
  await settled();
  assert.deepEqual(read.all.map((kpi) => kpi.name), ['orders']);
  client.show('signed out');
  assert.deepEqual(read.all, []);
});

test('what was being read when its reader signed out isn’t shown any more', async () => {
  let go;
  const slow = new Promise((resolve) => (go = resolve));
  const read = new Kpis(() => 't', () => {}, async () => (await slow, { kpis: [REVENUE] }), () => {});
  const client = connection();
  read.follow(client);
  client.show('live');
  client.show('signed out');
  go();
  await settled();
  assert.deepEqual([read.all, client.streams.size], [[], 0]);
});

test('a figure that was told, lost and is read again is what was read', async () => {
  let answers = { kpis: [REVENUE] };
  let go;
  const slow = new Promise((resolve) => (go = resolve));
  let slowly = false;
  const read = new Kpis(() => 't', () => {}, async () => (slowly && (await slow), answers), () => {});
  await read.again();
  const client = connection();
  read.follow(client);
  slowly = true;
  client.show('live');
  client.say('revenue', { value: 99, count: 9 });
  client.streams.get('kpi:revenue').onError({ code: 'permission_denied' });
  go();
  await settled();
  assert.deepEqual(read.all.map((kpi) => kpi.value), [REVENUE.value]);
});

test('a KPI that nobody has computed yet is unknown, not zero', async () => {
  const read = await kpis({ '/api/kpis': { kpis: [{ ...REVENUE, value: null, count: null }] }, ...NOTHING });
  const { revenue, orders, average, words } = sales(read, unfiltered());
  assert.deepEqual([revenue, orders, average], [undefined, undefined, undefined]);
  assert.doesNotMatch(words, /Nothing/);
});

test('who is no longer admitted keeps no figure', async () => {
  const answers = { '/api/kpis': { kpis: [REVENUE] }, ...NOTHING };
  const read = await kpis(answers);
  answers['/api/kpis'] = Object.assign(new Error('no'), { status: 401 });
  await read.again();
  assert.equal(sales(read, unfiltered()).revenue, undefined);
});

test('behind a filter nothing is told until every order that passes has come', async () => {
  const read = await kpis({ '/api/kpis': { kpis: [REVENUE] }, ...NOTHING });
  const model = new Orders();
  const follow = { filtered: true, complete: false, model };
  model.apply(order(10.25, 'k:1'), true);
  assert.deepEqual([sales(read, follow).revenue, sales(read, follow).buckets], [undefined, []]);
  model.apply(order(5, 'k:7'), true);
  follow.complete = true;
  assert.deepEqual([sales(read, follow).revenue, sales(read, follow).orders], [15.25, 2]);
});

test('an order that came after its deletion counts as the KPI counts it, and isn’t listed', () => {
  const orders = new Orders();
  orders.apply(order(10, 'k:2', { superseded: true }), false);
  assert.deepEqual([orders.count, orders.revenue.main.amount, orders.rows], [1, 10, []]);
});

test('orders in several currencies are shown in none', async () => {
  const read = await kpis({ '/api/kpis': { kpis: [REVENUE] }, ...NOTHING });
  const follow = unfiltered();
  for (const currency of ['GBP', 'EUR']) {
    follow.model.notice({ data: { type: 'order:created', data: { currency } } });
  }
  assert.equal(sales(read, follow).currency, '');
  assert.match(sales(read, follow).words, /GBP, EUR are added as they are/);
});

test('what was there a second ago and hasn’t come is how far the page is behind', async () => {
  let now = 0;
  const followed = [{ stream: 'orders', position: 'k:10' }, { stream: 'shelf', position: 'sealed' }];
  const streams = [{ stream: 'orders', position: 'k:90010' }, { stream: 'shelf' }, { stream: 'other', position: 'k:5' }];
  const lag = new StreamLag(() => 't', () => followed, () => {}, server({ '/api/streams?limit=1000': { streams } }), () => now, () => {});
  assert.equal(lag.events, 0, 'nothing is known yet');
  await lag.look();
  assert.equal(lag.events, 0, 'it may be under way');
  now = 1_000;
  assert.equal(lag.events, 90_000);
  followed[0].position = 'k:90010';
  assert.equal(lag.events, 0);
  followed[0].position = 'other:1';
  assert.equal(lag.events, 0, 'of a stream that was begun anew nothing can be said');
});
