/**
 * The live page of the shop: finds out what its reader may see, follows the streams of that, and paints. Each thing on
 * screen is a component in `parts/` that is shown a model of `model/`; nothing else knows both. What comes to a sum of all
 * events is a KPI of the server's; the models know what was received.
 */
import { StreamLag } from './stream-lag.js';
import { Catalog } from './catalog.js';
import { Follow } from './follow.js';
import { Kpis } from './kpis.js';
import { Online } from './model/online.js';
import { Orders } from './model/orders.js';
import { Payments } from './model/payments.js';
import { sales } from './model/sales.js';
import { Shelf } from './model/shelf.js';
import { Stock } from './model/stock.js';
import { Zone } from './model/zone.js';
import { arrange, notes } from './panels.js';
import { Page } from './page.js';
import './parts/export.js';
import './parts/filters.js';
import './parts/online.js';
import './parts/order-dialog.js';
import './parts/orders-list.js';
import './parts/period.js';
import './parts/refunds.js';
import './parts/sales-chart.js';
import './parts/sales-figures.js';
import './parts/search.js';
import './parts/shelf.js';
import './parts/stock-alerts.js';
import './parts/stock-moves.js';
import './parts/tops.js';

/** How often it is asked who is there, in ms: who comes and goes in between is told by events. */
const ROLL_CALL = 15_000;

const page = new Page(paint);
const { token } = page;
const part = (name) => page.part(name);

// What the reader may see, and what it comes to, is known before the first paint: nothing is shown that goes away again.
const kpis = new Kpis(token, page.changed);
kpis.draw('revenue');
const [catalog] = await Promise.all([Catalog.of(token()), kpis.again()]);
arrange((type) => catalog.sees(type), (name) => kpis.get(name) !== undefined);

const client = page.connect({
  state: ({ name }) => {
    (name === 'live' || name === 'catching up') && lag.look();
    name === 'live' && rollCall();
  },
});

kpis.follow(client);

const shown = (stream) => document.querySelector(`[data-stream="${stream}"]:not([hidden])`) !== null;
const follow = (stream, model, past) => new Follow({ client, token, stream, model, past, changed: page.changed });
const orders = follow('orders', new Orders(), true);
const zone = new Zone(kpis.get('revenue')?.zone);
orders.model.zone = zone;
const payments = follow('payments', new Payments(), true);
const stock = follow('inventory', new Stock(), false);
const shelf = follow('products', new Shelf(), false);
const online = follow('customers', new Online(), false);
const streams = [orders, payments, stock, shelf, online].filter(({ stream }) => shown(stream));
// What is added up behind a filter tells by itself how far it is.
const lag = new StreamLag(token, () => streams.filter((s) => !s.filtered), page.changed);
page.late = () => lag.events;

part('order-dialog').begin({ client, token, zone, payments: catalog.sees('payment:received') !== 'none', changed: page.changed });
part('search').begin((id, wanted) => part('order-dialog').find(id, wanted), (customer) => part('filters').of(customer));
part('export').begin(token, () => part('filters').chosen);
addEventListener('open-order', ({ detail }) => part('order-dialog').open(detail));

/** Customers who are connected. Where the server doesn't tell who was there before, those who came since are known. */
async function rollCall() {
  const present = streams.includes(online) ? await client.presence('customers').catch(() => undefined) : undefined;
  if (present !== undefined) {
    online.model.called(present.users);
    page.changed();
  }
}

function paint() {
  notes(streams, client);
  const sold = sales(kpis, orders);
  part('period').show(kpis, sold.currency);
  part('sales-figures').show(sold);
  part('sales-chart').show(sold);
  part('tops').show(orders);
  part('orders-list').show(orders);
  part('order-dialog').show();
  part('refunds').show(payments.model, kpis.get('refunds'), zone);
  part('stock-alerts').show(stock.model);
  part('stock-moves').show(stock.model);
  part('shelf').show(shelf.model);
  part('online').show(online.model);
  part('filters').show(orders, kpis);
}

streams.forEach((s) => s.start());
page.begin(catalog);
setInterval(() => document.hidden || rollCall(), ROLL_CALL);
