import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createElement as el } from 'react';
import { renderToString } from 'react-dom/server';
import { LiveCustomerCount, LiveSalesTicker, MillraceProvider, OrderStatusBadge, useConnection } from '@millrace/react';

test('rendered on a server it shows that nothing is known yet, and opens no connection', async () => {
  const opened = [];
  class Opened {
    constructor(url) {
      opened.push(url);
    }
  }
  const Status = () => el('b', null, useConnection().state.text);
  const provided = { url: 'http://127.0.0.1:9/', WebSocket: Opened };
  const html = renderToString(el(MillraceProvider, provided, el(Status), el(OrderStatusBadge, { orderId: 'o-1' }), el(LiveCustomerCount), el(LiveSalesTicker)));
  await new Promise((turn) => setTimeout(turn, 20));
  assert.match(html, /<b>connecting<\/b><span class="millrace-badge" data-tone="neutral">–<\/span>/);
  assert.deepEqual(opened, []);
});
