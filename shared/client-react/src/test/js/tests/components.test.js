import assert from 'node:assert/strict';
import { afterEach, beforeEach, test } from 'node:test';
import { Page } from './page.js';
import { Server } from './server.js';

const { createElement: el } = await import('react');
const { LiveCustomerCount, LiveSalesTicker, OrderStatusBadge, statusOf } = await import('@millrace/react');

let server;
let page;
beforeEach(async () => {
  server = await Server.start();
  page = new Page(server, { token: 'staff' });
});
afterEach(async () => {
  await page.close();
  await server.stop();
});

const order = (orderId, type, data) => server.publish('orders', type, { orderId, ...data }, { entity: { kind: 'order', id: orderId } });

test('the badge shows the order’s status, with a sign of what it means, and follows it', async () => {
  order('o-1', 'order:created', { status: 'pending', total: 5 });
  await page.show(el(OrderStatusBadge, { orderId: 'o-1', className: 'mine', id: 'b' }), el(OrderStatusBadge, { orderId: 'o-2', missing: 'none', id: 'm' }));
  await page.until(() => page.find('#b').textContent === 'pending');
  assert.deepEqual([page.find('#b').className, page.find('#b').dataset.tone, page.find('#m').textContent], ['millrace-badge mine', 'moving', 'none']);
  order('o-1', 'order:status_changed', { oldStatus: 'pending', newStatus: 'paid' });
  await page.until(() => page.find('#b').textContent === 'paid');
  assert.equal(page.find('#b').dataset.tone, 'good');
  order('o-1', 'order:updated', { status: 'cancelled' });
  await page.until(() => page.find('#b').dataset.tone === 'bad');
});

for (const [order, status] of [
  [{ status: 'paid' }, 'paid'],
  [{ status: 'paid', oldStatus: 'paid', newStatus: 'sent' }, 'sent'],
  [{ status: 'sent', oldStatus: 'paid', newStatus: 'sent' }, 'sent'],
  [{ status: 'done', oldStatus: 'paid', newStatus: 'sent' }, 'done'],
  [{ newStatus: 'sent' }, 'sent'],
  [{}, undefined],
]) {
  test(`the status of ${JSON.stringify(order)} is ${status}`, () => assert.equal(statusOf(order), status));
}

test('customers are counted by who is there, and by who comes and goes', async () => {
  server.users = ['c-1', 'c-2'];
  await page.show(el(LiveCustomerCount, { locale: 'en' }));
  assert.equal(page.text, '– customers online');
  await page.until(() => page.text === '2 customers online');
  server.publish('customers', 'customer:online', { customerId: 'c-3' });
  server.publish('customers', 'customer:online', { customerId: 'c-3' });
  server.publish('customers', 'customer:activity', { customerId: 'c-4' });
  await page.until(() => page.text === '3 customers online');
  server.publish('customers', 'customer:offline', { customerId: 'c-1' });
  await page.until(() => page.text === '2 customers online');
  server.deny('customers');
  await page.until(() => page.text === '– customers online');
  assert.equal(page.find('.millrace-count').title, 'not for you');
});

test('the ticker shows what has been sold and the newest sales, the newest first', async () => {
  server.kpis = [{ name: 'revenue', value: 1000 }];
  await page.show(el(LiveSalesTicker, { limit: 2, currency: 'EUR', locale: 'en' }));
  await page.until(() => page.find('.millrace-total data').textContent === '€1,000.00');
  assert.equal(page.find('.millrace-empty').textContent, 'No sale since this page was opened.');
  order('o-1', 'order:created', { total: 10 });
  order('o-2', 'order:created', { total: 20.5, currency: 'USD', customerName: 'Ann' });
  order('o-2', 'order:updated', { total: 21 });
  order('o-3', 'order:created', { total: 30, currency: 'none' });
  server.publish('kpi:revenue', 'kpi:update', { value: 1060.5, change: 60.5 });
  await page.until(() => page.find('.millrace-total data').textContent === '€1,060.50');
  assert.equal(page.find('.millrace-total data').dataset.direction, 'up');
  const sales = [...page.find('.millrace-sales').children].map((sale) => [...sale.children].slice(0, 2).map((part) => part.textContent));
  assert.deepEqual(sales, [['o-3', '30.00'], ['Ann', '$20.50']]);
});
