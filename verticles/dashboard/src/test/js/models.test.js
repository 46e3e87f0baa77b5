import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Orders } from '../../main/resources/META-INF/resources/dashboard/model/orders.js';
import { Series } from '../../main/resources/META-INF/resources/dashboard/model/series.js';
import { Stock } from '../../main/resources/META-INF/resources/dashboard/model/stock.js';

const event = (type, data, timestamp = '2026-01-31T09:30:00Z', position = 'k:1') => ({
  timestamp,
  position,
  data: { id: position, type, data },
});

const NOON = Date.UTC(2026, 0, 31, 12);
const HOUR = 3_600_000;

for (const [span, unit] of [
  [HOUR / 2, '10 seconds'],
  [HOUR, 'minute'],
  [10 * HOUR, '15 minutes'],
  [200 * HOUR, 'hour'],
  [180 * 24 * HOUR, 'day'],
  [3 * 365 * 24 * HOUR, 'month'],
  [50 * 365 * 24 * HOUR, 'year'],
]) {
  test(`${span / HOUR} hours are drawn by ${unit}, and nothing is lost on the way there`, () => {
    const series = new Series();
    for (let i = 0; i <= 100; i++) {
      series.add(NOON - (span * i) / 100, 2);
    }
    const buckets = series.buckets();
    assert.equal(series.unit, unit);
    assert.ok(buckets.length <= 300, `${buckets.length} buckets`);
    assert.equal(buckets.reduce((sum, b) => sum + b.amount, 0), 202);
    assert.equal(buckets.reduce((sum, b) => sum + b.count, 0), 101);
  });
}

test('a time that no shop can mean is not drawn', () => {
  const series = new Series();
  for (const time of [NaN, -1, Date.UTC(9999, 0), Infinity]) {
    series.add(time, 1);
  }
  assert.deepEqual(series.buckets(), []);
});

test('orders add up by currency, and a change of status finds its row', () => {
  const orders = new Orders();
  orders.apply(event('order:created', { orderId: 'o1', total: 10, status: 'pending', currency: 'GBP' }, undefined, 'k:1'), true);
  orders.apply(event('order:created', { orderId: 'o2', total: '2.5', currency: 'GBP' }, undefined, 'k:2'), false);
  orders.apply(event('order:created', { orderId: 'o3', total: 7, currency: 'EUR' }, undefined, 'k:3'), false);
  orders.apply(event('order:created', { orderId: 'o4', total: 'much' }, undefined, 'k:4'), false);
  orders.apply(event('order:status_changed', { orderId: 'o1', newStatus: 'paid' }, undefined, 'k:5'), false);
  assert.equal(orders.count, 4);
  assert.deepEqual(orders.revenue.sums.map((s) => [s.currency, s.amount]), [['GBP', 12.5], ['EUR', 7]]);
  assert.deepEqual(orders.rows.map((r) => r.position), ['k:4', 'k:3', 'k:2', 'k:1']);
  assert.equal(orders.rows[3].status, 'paid');
});

test('the list of orders stays short however many come', () => {
  const orders = new Orders();
  for (let i = 0; i < 500; i++) {
    orders.apply(event('order:created', { orderId: i, total: 1 }, undefined, `k:${i}`), false);
  }
  assert.equal(orders.rows.length, 50);
  assert.equal(orders.count, 500);
});

test('a product that is filled up again is not short any more', () => {
  const stock = new Stock(() => NOON);
  stock.apply(event('inventory:low_stock', { productId: 'p', currentStock: 3, threshold: 10, severity: 'critical' }));
  assert.equal(stock.alerts.get('p').level, 'critical');
  stock.apply(event('inventory:updated', { productId: 'p', difference: -3, newStock: 0, reason: 'sale' }));
  assert.equal(stock.alerts.get('p').level, 'out');
  stock.apply(event('inventory:updated', { productId: 'p', difference: 40, newStock: 40, reason: 'restock' }));
  assert.equal(stock.alerts.size, 0);
  assert.deepEqual(stock.lastMinute().at(-1), { second: NOON / 1000, moves: 2, inn: 40, out: 3 });
});
