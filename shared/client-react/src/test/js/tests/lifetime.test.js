import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Page, turn } from './page.js';
import { Server } from './server.js';

const { createElement: el } = await import('react');
const { LiveCustomerCount, LiveSalesTicker, MillraceProvider, OrderStatusBadge, useConnection, useEntity, useEvent, useKpi, useStream } = await import(
  '@millrace/react'
);
const { WebSocket } = await import('ws');

const ROUNDS = 1_000;
const PROVIDERS = 300;

/** Something that each mount holds and nothing else: it goes when what was mounted is let go. */
const mounted = [];

function Everything({ round }) {
  const mine = { round };
  mounted.push(new WeakRef(mine));
  useConnection();
  useStream('orders', { limit: 3 });
  useStream('orders', { filter: { 'data.country': 'FR' } });
  useEvent('orders', 'order:created', () => mine.round);
  useEntity('orders', 'order', `o${round}`);
  useKpi('revenue');
  return el('div', null, el(OrderStatusBadge, { orderId: `o${round}` }), el(LiveCustomerCount), el(LiveSalesTicker));
}

async function left() {
  for (let i = 0; i < 20; i++) {
    await turn(10);
    globalThis.gc();
  }
  return mounted.filter((ref) => ref.deref() !== undefined).length;
}

test(`after ${ROUNDS} mounts and unmounts below a provider nothing is left but its connection`, { timeout: 120_000 }, async () => {
  const server = await Server.start();
  const page = new Page(server);
  await page.show(null);
  await page.until(() => server.connections === 1);
  for (let round = 0; round < ROUNDS; round++) {
    await page.show(el(Everything, { key: round, round }));
    await page.show(null);
    round % 10 === 0 && (await turn(1));
  }
  await page.until(() => server.subscriptions === 0 && server.connections === 1);
  assert.ok(mounted.length >= 2 * ROUNDS);
  const kept = await left();
  // React keeps what it showed last, and the one before.
  assert.ok(kept <= 8, `${kept} of ${mounted.length} are kept`);
  await page.close();
  await page.until(() => server.connections === 0);
  await server.stop();
});

test(`after ${PROVIDERS} providers that came and went no connection is left`, { timeout: 120_000 }, async () => {
  const server = await Server.start();
  const page = new Page(server);
  mounted.length = 0;
  for (let round = 0; round < PROVIDERS; round++) {
    const provider = el(MillraceProvider, { url: server.url, WebSocket, share: false, key: round }, el(Everything, { round }));
    await page.show(provider);
    await page.show(null);
    round % 50 === 0 && (await turn(5));
  }
  await page.until(() => server.connections === 1 && server.subscriptions === 0);
  const kept = await left();
  assert.ok(kept <= 8, `${kept} of ${mounted.length} are kept`);
  await page.close();
  await page.until(() => server.connections === 0);
  await server.stop();
});
