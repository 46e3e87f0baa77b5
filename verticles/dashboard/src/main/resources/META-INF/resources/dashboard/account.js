/**
 * A customer's own page: their orders and how far each is, what was paid and given back. What is theirs the server decides; who
 * sees more than their own is led to the shop's page.
 */
import { Millrace } from '/client/millrace.js';
import { Catalog } from './catalog.js';
import { Follow } from './follow.js';
import { MyOrders, MyPayments } from './model/account.js';
import { Zone } from './model/zone.js';
import { notes } from './panels.js';
import { Painter } from './painter.js';
import { openSession } from './session.js';
import './parts/connection-state.js';
import './parts/my-orders.js';
import './parts/order-dialog.js';
import './parts/resumed.js';
import './parts/sign-in.js';
import './parts/who-am-i.js';

/** How often what is told relative to now is told again, in ms. */
const TICK = 1_000;

const session = openSession();
const token = () => session.fresh();
const part = (name) => document.querySelector(`mr-${name}`);
const painter = new Painter(paint);
const zone = new Zone();

const catalog = await Catalog.of(token());
const sight = catalog.sees('order:created');
document.querySelector('#orders').hidden = sight !== 'own';
document.querySelector('[data-testid=not-yours]').hidden = sight !== 'all';

const client = new Millrace({
  token,
  clock: session.clock,
  onState: (state) => {
    part('resumed').show(state);
    state.name === 'signed out' && session.refused();
    painter.soon();
  },
  onWelcome: painter.soon,
});

const follow = (stream, model) => new Follow({ client, token, stream, model, past: true, changed: painter.soon });
const orders = follow('orders', new MyOrders());
const payments = follow('payments', new MyPayments());
const sees = catalog.sees('payment:received') !== 'none';
part('order-dialog').begin({ client, token, zone, payments: sees, changed: painter.soon });
addEventListener('open-order', ({ detail }) => part('order-dialog').open(detail));

function paint() {
  notes([orders], client);
  part('connection-state').show(client.state);
  document.documentElement.dataset.state = part('connection-state').state;
  part('who-am-i').show(client.identity, session);
  part('sign-in').show(client, session);
  part('my-orders').show(orders.model.all(payments.model), zone);
  part('order-dialog').show();
}

if (sight === 'own') {
  orders.start();
  sees && payments.start();
}
paint();
setInterval(painter.soon, TICK);
document.addEventListener('visibilitychange', painter.soon);
// A browser keeps a page that was left for a while, and its connection with it.
addEventListener('pagehide', () => client.close());
// A link with a new token, opened in a tab that is here already, changes only the part after '#'.
addEventListener('hashchange', () => location.hash.includes('token=') && location.reload());
