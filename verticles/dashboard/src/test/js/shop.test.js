import assert from 'node:assert/strict';
import { test } from 'node:test';
import { MyOrders, MyPayments } from '../../main/resources/META-INF/resources/dashboard/model/account.js';
import { csvLine } from '../../main/resources/META-INF/resources/dashboard/model/csv.js';
import { ago, at } from '../../main/resources/META-INF/resources/dashboard/format.js';
import { ordersFilter, passes } from '../../main/resources/META-INF/resources/dashboard/model/filter.js';
import { lines, Order, summary } from '../../main/resources/META-INF/resources/dashboard/model/order.js';
import { OrderPayments } from '../../main/resources/META-INF/resources/dashboard/model/order-payments.js';
import { exportOrders } from '../../main/resources/META-INF/resources/dashboard/model/orders-export.js';
import { way } from '../../main/resources/META-INF/resources/dashboard/model/order-way.js';
import { period } from '../../main/resources/META-INF/resources/dashboard/model/period.js';
import { Tops } from '../../main/resources/META-INF/resources/dashboard/model/tops.js';
import { Zone } from '../../main/resources/META-INF/resources/dashboard/model/zone.js';

let position = 0;
const event = (type, data, more = {}) => ({
  timestamp: '2026-01-31T09:30:00Z',
  position: `k:${++position}`,
  data: { id: `e${position}`, source: 's', type, data },
  ...more,
});
const HOSTILE = '=HYPERLINK("http://evil","x")\u202e<script>';

const windows = (value, before) => ({ windows: { today: { value, before, change: before === null ? null : value - before } }, zone: 'Europe/Berlin' });
const known = (kpis) => ({ get: (name) => kpis[name] });
const figures = (kpis) => Object.fromEntries(period(known(kpis), 'today').figures.map((f) => [f.key, [f.value, f.before, f.change]]));

test('a period is what the KPIs say of it, beside the one before', () => {
  const all = { revenue: windows(120, 100), orders: windows(3, 4), averageOrder: windows(40, null), buyers: windows(2, 3), carts: windows(8, 4) };
  assert.deepEqual(figures(all), {
    revenue: [120, 100, 20],
    orders: [3, 4, -1],
    averageOrder: [40, undefined, undefined],
    buyers: [2, 3, -1],
    conversion: [0.25, 0.75, -0.5],
  });
  assert.match(period(known(all), 'today').words, /since midnight \(Europe\/Berlin\), beside the whole of yesterday/);
});

test('what isn’t known of a period is undefined, and never zero', () => {
  const none = [undefined, undefined, undefined];
  assert.deepEqual(Object.values(figures({})), [none, none, none, none, none]);
  assert.deepEqual(figures({ buyers: windows(2, 0), carts: windows(0, 0) }).conversion, none, 'nobody had a cart');
  assert.deepEqual(figures({ buyers: windows(2, 0) }).conversion, none, 'carts can’t be read');
  assert.deepEqual(figures({ buyers: windows(6, 0), carts: windows(1, 0) }).conversion, none, 'not every cart was told');
});

test('products and customers are ranked by what the orders’ lines come to, in one currency', () => {
  const tops = new Tops();
  const order = (customerId, currency, ...all) => tops.add({ customerId, currency, total: 10, lines: all.map(([productId, quantity, unitPrice]) => ({ productId, quantity, unitPrice })) });
  order('a', 'EUR', ['cup', 3, 1.1], ['pot', 1, 30]);
  order('b', 'EUR', ['cup', 4, 1.1], ['pot', -1, 30]);
  order('b', 'GBP', ['pot', 9, 99]);
  tops.add({ currency: 'EUR', total: 5 });
  tops.add({ currency: 'EUR', lines: ['nonsense', null, { productId: 'jar' }] });
  const names = (what, by) => tops.first(what, by, 'EUR', 5).map((row) => [row.name, Number(row[by].toFixed(2))]);
  assert.deepEqual(names('products', 'revenue'), [['cup', 7.7]]);
  assert.deepEqual(names('products', 'quantity'), [['cup', 7]]);
  assert.deepEqual(names('customers', 'revenue'), [['a', 10], ['b', 10]]);
  assert.deepEqual(names('customers', 'quantity'), [['a', 4], ['b', 3]]);
});

test('more different products than are kept apart are counted, not kept', () => {
  const tops = new Tops();
  for (let i = 0; i < 5_010; i++) {
    tops.add({ lines: [{ productId: `p${i}`, quantity: 1, unitPrice: i }] });
  }
  assert.equal(tops.left('products'), 10);
  assert.equal(tops.first('products', 'revenue', '', 9_999).length, 4_999, 'the one of price zero isn’t ranked');
});

for (const [chosen, order, passing] of [
  [{}, {}, true],
  [{ country: 'France' }, { country: 'France' }, true],
  [{ country: 'France' }, {}, false],
  [{ atLeast: 100 }, { total: 100 }, true],
  [{ atLeast: 100 }, { total: 99.99 }, false],
  [{ atLeast: NaN }, { total: -5 }, true],
  [{ customer: 'c-1' }, { customerId: 'c-1' }, true],
  [{ customer: 'c-1' }, { customerId: 'c-12' }, false],
  [{ customer: 'Ma' }, { customerName: 'Mara' }, true],
  [{ customer: 'ma' }, { customerName: 'Mara' }, false],
]) {
  test(`of an export as of the page, ${JSON.stringify(order)} ${passing ? 'is' : 'is not'} among ${JSON.stringify(chosen)}`, () => {
    assert.equal(passes({ country: '', customer: '', ...chosen }, order), passing);
  });
}

test('a customer is looked for by id and by how a name begins, beside what else is chosen', () => {
  const filter = ordersFilter({ country: 'France', atLeast: 5, customer: 'Ma' });
  assert.deepEqual(filter.or[0], {
    type: 'order:created',
    'data.country': 'France',
    'data.total': { gte: 5 },
    or: [{ 'data.customerId': 'Ma' }, { 'data.customerName': { prefix: 'Ma' } }],
  });
  assert.equal(ordersFilter({ country: '', atLeast: NaN, customer: '' }), undefined);
});

for (const [what, cells, line] of [
  ['numbers are plain', [129.5, -3, 0.015, 1e6], '129.50,-3.00,0.015,1000000.00'],
  ['what isn’t known is empty', [undefined, ''], ',""'],
  ['quotes are doubled', ['a "b", c\nd'], '"a ""b"", c\nd"'],
  ['a formula is text', ['=1+1', '+1', '-1', '@a', '|a'], '"\'=1+1","\'+1","\'-1","\'@a","\'|a"'],
  ['a formula behind what a spreadsheet overlooks is text', ['\t=1', '\u202e=1', ' \u00a0＝1'], '"\'\t=1","\'\u202e=1","\'\u00a0＝1"'.replace("'\u00a0", "' \u00a0")],
  ['a formula within a text that another separator cuts is text', ['a;=1', 'a\r\n=1', 'a;"\t=1', 'a;b'], '"a;\'=1","a\r\n\'=1","a;\'""\t\'=1","a;b"'],
  ['other text stays as it is', ['a=1', '<script>', '\u202eabc'], '"a=1","<script>","\u202eabc"'],
]) {
  test(`in a CSV file ${what}`, () => assert.equal(csvLine(cells), `${line}\r\n`));
}

/** A history in pages, as the server gives it. */
const history = (...pages) => endless([], ...pages);

/** The same, where the last event was that when its reader came. */
const endless = (last, ...pages) => {
  const asked = [];
  const read = async (path) => {
    if (path.endsWith('last=1')) {
      return { events: last };
    }
    asked.push(path);
    const page = pages[asked.length - 1];
    if (page instanceof Error) {
      throw page;
    }
    return page ?? { events: [], next: 'end' };
  };
  return { asked, read };
};
const ALL = { country: '', customer: '' };
const given = ({ read }, more = {}) => exportOrders({ read, chosen: ALL, progress: () => {}, signal: new AbortController().signal, wait: async () => {}, ...more });

test('an export has each order as placed, its status as it is now, and harmless names', async () => {
  const busy = Object.assign(new Error('busy'), { status: 503, retryAfter: 1 });
  const server = history(
    { events: [event('order:created', { orderId: 'o1', customerId: 'c', customerName: HOSTILE, total: 0.1, status: 'pending', currency: 'EUR', lines: [{ quantity: 2 }, { quantity: 1 }] })], next: 'a:1' },
    busy,
    { events: [event('order:status_changed', { orderId: 'o1', newStatus: 'paid' }), event('order:created', { orderId: 'o2', total: 7 }), event('order:updated', { orderId: 'o1', status: 'late' }, { superseded: true })], next: 'a:2' },
    { events: [], next: 'a:2', more: true },
  );
  const seen = [];
  const { parts, orders, cut } = await given(server, { progress: (...all) => seen.push(all) });
  assert.equal(
    parts.join(''),
    '\ufeff"ordered at (UTC)","order","customer","name","country","channel","currency","total","items","status"\r\n' +
      `"2026-01-31 09:30:00.000","o1","c","'=HYPERLINK(""http://evil"",""x"")\u202e<script>","","","EUR",0.10,3.00,"paid"\r\n` +
      '"2026-01-31 09:30:00.000","o2","","","","","",7.00,,""\r\n',
  );
  assert.deepEqual([orders, cut], [2, false]);
  assert.deepEqual(seen, [[1, 1], [4, 2], [4, 2], [4, 2]]);
  assert.deepEqual(server.asked.map((path) => path.split('after=')[1]), [undefined, 'a%3A1', 'a%3A1', 'a%3A2', 'a%3A2']);
});

test('an export of what is chosen has nothing else, and a stopped one nothing', async () => {
  const pages = () => history({ events: [event('order:created', { orderId: 'o1', total: 1 }), event('order:created', { orderId: 'o2', total: 5 })], next: 'a:1' });
  const chosen = await given(pages(), { chosen: { ...ALL, atLeast: 5 } });
  assert.equal(chosen.orders, 1);
  assert.match(chosen.parts[1], /o2/);
  const stop = new AbortController();
  assert.equal(await given(pages(), { signal: stop.signal, progress: () => stop.abort() }), undefined);
});

test('an export ends where the stream did when it began, though more comes all the time', async () => {
  const page = (n) => ({ events: [event('order:created', { orderId: `o${n}` })], next: `a:${n}` });
  const pages = [page(1), page(2), page(3), page(4)];
  for (const last of [pages[1].events, [{ ...pages[1].events[0], data: { id: 'removed' } }], [{ ...pages[1].events[0], position: 'sealed' }]]) {
    const server = endless(last, ...pages);
    const { orders } = await given(server);
    assert.deepEqual([orders, server.asked.length], [2, 2]);
  }
});

test('an export that can’t be read fails, and of a stream that never had an event is empty', async () => {
  await assert.rejects(given(history(Object.assign(new Error('no'), { status: 403 }))), /no/);
  assert.equal((await given(history(Object.assign(new Error('none'), { status: 404 })))).orders, 0);
});

test('an order’s history says what each event changed of what was known', () => {
  const order = new Order('o1');
  order.apply(event('order:created', { orderId: 'o1', total: 5, status: 'pending', lines: [{}, {}] }));
  order.apply(event('order:status_changed', { orderId: 'o1', newStatus: 'paid', status: 'paid', total: 5 }));
  order.apply(event('order:updated', { orderId: 'o1', status: 'open' }, { superseded: true }));
  order.apply(event('order:updated', { orderId: 'o1', status: 'shipped', note: { a: HOSTILE } }));
  assert.deepEqual(order.steps.map((s) => s.changes.map((c) => `${c.name} ${c.from}→${c.to}`)), [
    ['total →5', 'status →pending', 'lines →2 of them'],
    ['status pending→paid'],
    [],
    ['status paid→shipped', `note →${JSON.stringify({ a: HOSTILE })}`],
  ]);
  assert.deepEqual(order.steps.map((s) => s.superseded), [false, false, true, false]);
  const state = { orderId: 'o1', total: 5, status: 'paid', newStatus: 'paid', customerName: 'Ada', lines: [{}, {}] };
  assert.deepEqual(summary(state, order), { customer: 'Ada', status: 'shipped' });
  assert.deepEqual([summary(state, new Order('o2')).status, summary(null, order)], ['paid', {}]);
  for (let i = 0; i < 200; i++) {
    order.apply(event('order:updated', { orderId: 'o1', total: i }));
  }
  assert.deepEqual([order.steps.length, order.left], [100, 104]);
});

test('lines come to quantity times price, and one that says neither comes to nothing', () => {
  const state = { lines: [{ productId: 'p', description: 'Cup', quantity: 3, unitPrice: 1.5 }, { productId: 'q' }, null] };
  assert.deepEqual(lines(state).map((l) => [l.name, l.amount]), [['Cup', 4.5], ['q', undefined], ['', undefined]]);
  assert.deepEqual([lines(undefined), lines({ lines: 'no' })], [[], []]);
});

test('a payment is as its last event says, and each refund is one of its own', () => {
  const payments = new OrderPayments();
  const pay = (type, data, more) => payments.apply(event(type, { paymentId: 'p1', orderId: 'o', ...data }, more));
  pay('payment:received', { amount: 10, status: 'pending', currency: 'EUR' });
  pay('payment:failed', { reason: 'declined' });
  pay('payment:received', { amount: 10, status: 'success', method: 'card' });
  pay('payment:failed', { reason: 'late' }, { superseded: true });
  pay('payment:refunded', { amount: -4 });
  pay('payment:refunded', { amount: 6 });
  assert.deepEqual(payments.all.map((p) => [p.words, p.amount, p.currency]), [['paid', 10, 'EUR'], ['given back', 4, ''], ['given back', 6, '']]);
});

for (const [statuses, paid, reached, ended] of [
  [['pending'], false, 0, false],
  [['pending'], true, 1, false],
  [['pending', 'paid', 'shipped'], true, 2, false],
  [['pending', 'Completed'], false, 3, false],
  [['paid', 'cancelled'], true, 1, true],
  [['pending', 'whatever'], false, 0, false],
  [[], false, 0, false],
]) {
  test(`${statuses.join(', ') || 'no status'}${paid ? ' and a payment' : ''} is step ${reached} of the way${ended ? ', where it ended' : ''}`, () => {
    assert.deepEqual(way(statuses, paid), { reached, ended });
  });
}

test('a customer’s orders have their payments, whichever comes first, and old ones make room', () => {
  const [orders, payments] = [new MyOrders(), new MyPayments()];
  payments.apply(event('payment:received', { paymentId: 'p', orderId: 'o1', amount: 5 }));
  orders.apply(event('order:created', { orderId: 'o1', total: 5, status: 'pending', currency: 'EUR' }));
  orders.apply(event('order:status_changed', { orderId: 'o1', newStatus: 'shipped', status: 'shipped' }));
  orders.apply(event('order:status_changed', { orderId: 'other', newStatus: 'shipped' }));
  orders.apply(event('order:updated', { orderId: 'o1', total: 6 }));
  const [one, ...others] = orders.all(payments);
  assert.deepEqual([one.id, one.total, one.status, one.reached, one.payments.length, others.length], ['o1', 6, 'shipped', 2, 1, 0]);
  for (let i = 0; i < 300; i++) {
    orders.apply(event('order:created', { orderId: `n${i}`, total: 1 }));
  }
  assert.equal(orders.all(payments).length, 200);
  assert.equal(orders.all(payments)[0].id, 'n299');
});

test('days are those of the shop’s clocks, in summer and in winter', () => {
  const berlin = new Zone('Europe/Berlin');
  const shown = (iso) => new Date(berlin.wall(Date.parse(iso))).toISOString();
  assert.equal(shown('2026-01-31T23:30:00Z'), '2026-02-01T00:30:00.000Z');
  assert.equal(shown('2026-03-29T00:59:59Z'), '2026-03-29T01:59:59.000Z');
  assert.equal(shown('2026-03-29T01:00:00Z'), '2026-03-29T03:00:00.000Z');
  assert.equal(new Zone('UTC').wall(5), 5);
  assert.ok(Number.isNaN(berlin.wall(NaN)));
});

test('a time says by whose clocks it is', () => {
  const [ms, berlin] = [Date.UTC(2026, 0, 31, 9, 30), new Zone('Europe/Berlin')];
  assert.match(ago(ms, berlin, ms + 1e9), /10:30 Europe\/Berlin$/);
  assert.match(ago(ms, undefined, ms + 1e9), /09:30 UTC$/);
  assert.match(at(ms, berlin), /10:30:00 Europe\/Berlin$/);
});
