import assert from 'node:assert/strict';
import { test } from 'node:test';
import { part } from './elements.js';
import { Payments } from '../../main/resources/META-INF/resources/dashboard/model/payments.js';
import { Zone } from '../../main/resources/META-INF/resources/dashboard/model/zone.js';
import '../../main/resources/META-INF/resources/dashboard/parts/kpi-list.js';
import '../../main/resources/META-INF/resources/dashboard/parts/order-dialog.js';
import '../../main/resources/META-INF/resources/dashboard/parts/refunds.js';
import '../../main/resources/META-INF/resources/dashboard/parts/search.js';

const settled = () => new Promise((go) => setImmediate(go));
const answer = (status, state) => ({ ok: status === 200, status, json: async () => ({ state }), headers: new Headers() });

/** A search and the dialog that it opens, over a server that answers when the test says so. */
function scene() {
  const answers = new Map();
  globalThis.fetch = (path) => new Promise((go) => answers.set(decodeURIComponent(path.split('/').at(-1)), go));
  const [search, dialog, customers] = [part('mr-search'), part('mr-order-dialog'), []];
  const client = { subscribe: () => ({ close() {} }) };
  dialog.begin({ client, token: () => 't', zone: new Zone('UTC'), payments: false, changed: () => {} });
  search.begin((id, wanted) => dialog.find(id, wanted), (customer) => customers.push(customer));
  const [form] = search.children;
  const find = async (what) => {
    search.find('search').value = what;
    form.dispatchEvent(new Event('submit'));
    await settled();
  };
  const say = async (id, ...how) => {
    answers.get(id)(answer(...how));
    await settled();
  };
  const shown = () => dialog.children[0].open === true && dialog.children[0].children[0].children[0].textContent;
  return { find, say, shown, dialog, customers, words: () => search.find('search-result').textContent };
}

test('an order that is found opens, and who isn’t one is a customer', async () => {
  const { find, say, shown, customers, words } = scene();
  await find('ada');
  await say('ada', 404);
  assert.deepEqual([customers, shown()], [['ada'], false]);
  assert.match(words(), /No order of that name/);
  await find('o1');
  await say('o1', 200, {});
  assert.equal(shown(), 'Order o1');
  assert.equal(words(), '');
});

test('an answer that comes too late opens no order and chooses no customer', async () => {
  const { find, say, shown, customers, words, dialog } = scene();
  await find('o1');
  await find('ada');
  await find('');
  await say('o1', 200, {});
  await say('ada', 404);
  assert.deepEqual([shown(), customers, words()], [false, [''], '']);
  await find('o2');
  dialog.open('o3');
  await say('o2', 200, {});
  assert.equal(shown(), 'Order o3');
});

for (const [status, why] of [[401, /signed in/], [403, /may not see/], [400, /can’t be read/], [503, /can’t be read/]]) {
  test(`an order whose answer is ${status} is not one that isn’t there`, async () => {
    const { find, say, shown, customers, words } = scene();
    await find('o1');
    await say('o1', status);
    assert.match(words(), why);
    assert.deepEqual([shown(), customers], [false, []]);
  });
}

test('refunds that are not counted yet are a dash, and those below are shown', () => {
  const refunds = part('mr-refunds');
  const payments = new Payments();
  payments.apply({
    timestamp: '2026-01-31T09:30:00Z',
    position: 'k:1',
    data: { id: 'e1', type: 'payment:refunded', data: { paymentId: 'p', orderId: 'o1', amount: 4, currency: 'EUR' } },
  });
  refunds.show(payments, { value: null, count: null }, new Zone('Europe/Berlin'));
  assert.deepEqual(['refunds-total', 'refunds-count'].map((id) => refunds.find(id).textContent), ['–', '–']);
  assert.match(refunds.textContent, /o1.*10:30 Europe\/Berlin/);
  refunds.show(payments, { value: 4, count: 1 }, new Zone('Europe/Berlin'));
  assert.equal(refunds.find('refunds-count').textContent, '1');
});

test('in the list each figure that is still a part says so itself', () => {
  const list = part('mr-kpi-list');
  const kpi = { function: 'sum', type: 'order:created', rollups: [], value: 1 };
  list.show({ all: [{ ...kpi, name: 'new', catchingUp: { counted: 1, of: 4 } }, { ...kpi, name: 'old' }], stale: false, periods: () => undefined });
  assert.match(list.textContent, /sum · order:created\. Earlier events are still being counted: 25 % so far\..*sum · order:created$/);
});

test('figures that can’t be read any more say of when they are, and by whose clock', () => {
  const list = part('mr-kpi-list');
  list.show({ all: [], stale: true, at: Date.UTC(2026, 0, 31, 9, 30) });
  assert.match(list.textContent, /^As of .*09:30 UTC; they can’t be read now\.$/);
});
