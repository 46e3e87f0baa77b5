/**
 * The live page: signs in, follows four streams, adds them up and paints. Each thing on screen is a component in
 * `parts/` that is shown a model of `model/`; nothing else knows both.
 */
import { Millrace } from '/client/millrace.js';
import { Follow } from './follow.js';
import { Online } from './model/online.js';
import { Orders } from './model/orders.js';
import { Payments } from './model/payments.js';
import { Shelf } from './model/shelf.js';
import { Stock } from './model/stock.js';
import { notes } from './notes.js';
import { Painter } from './painter.js';
import { Session } from './session.js';
import './parts/connection-state.js';
import './parts/filters.js';
import './parts/online.js';
import './parts/orders-list.js';
import './parts/refunds.js';
import './parts/resumed.js';
import './parts/sales-chart.js';
import './parts/sales-figures.js';
import './parts/shelf.js';
import './parts/sign-in.js';
import './parts/stock-alerts.js';
import './parts/stock-moves.js';
import './parts/who-am-i.js';

/** How often what is told relative to now is told again, in ms. */
const TICK = 1_000;
/** How often it is asked who is there, in ms: who comes and goes in between is told by events. */
const ROLL_CALL = 15_000;

const session = new Session();
const part = (name) => document.querySelector(`mr-${name}`);
const painter = new Painter(paint);

const client = new Millrace({
  token: () => session.token,
  onState: (state) => {
    document.documentElement.dataset.state = state.name;
    part('connection-state').show(state);
    part('resumed').show(state);
    state.name === 'live' && rollCall();
    painter.soon();
  },
  onWelcome: painter.soon,
});

const follow = (stream, model, past) =>
  new Follow({ client, token: () => session.token, stream, model, past, changed: painter.soon });
const orders = follow('orders', new Orders(), true);
const payments = follow('payments', new Payments(), true);
const stock = follow('inventory', new Stock(), false);
const shelf = follow('products', new Shelf(), false);
const online = follow('customers', new Online(), false);
const streams = [orders, payments, stock, shelf, online];

/** Customers who are connected. Where the server doesn't tell who was there before, those who came since are known. */
async function rollCall() {
  const present = await client.presence('customers').catch(() => undefined);
  if (present !== undefined) {
    online.model.called(present.users);
    painter.soon();
  }
}

function paint() {
  notes(streams, client);
  part('who-am-i').show(client.identity, session);
  part('sign-in').show(client, session);
  part('sales-figures').show(orders.model);
  part('sales-chart').show(orders.model);
  part('orders-list').show(orders);
  part('refunds').show(payments.model);
  part('stock-alerts').show(stock.model);
  part('stock-moves').show(stock.model);
  part('shelf').show(shelf.model);
  part('online').show(online.model);
  part('filters').show(orders);
}

streams.forEach((s) => s.start());
paint();
setInterval(painter.soon, TICK);
setInterval(() => document.hidden || rollCall(), ROLL_CALL);
document.addEventListener('visibilitychange', painter.soon);
// A link with a new token, opened in a tab that is here already, changes only the part after '#'.
addEventListener('hashchange', () => location.hash.includes('token=') && location.reload());
