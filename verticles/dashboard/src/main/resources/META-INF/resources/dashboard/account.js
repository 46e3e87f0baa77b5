/**
 * A customer's own page: their orders and how far each is, what was paid and given back. What is theirs the server decides; who
 * sees more than their own is led to the shop's page.
 */
import { Catalog } from './catalog.js';
import { Follow } from './follow.js';
import { MyOrders, MyPayments } from './model/account.js';
import { Zone } from './model/zone.js';
import { notes } from './panels.js';
import { Page } from './page.js';
import './parts/my-orders.js';
import './parts/order-dialog.js';


const page = new Page(paint);
const { token } = page;
const part = (name) => page.part(name);
const zone = new Zone();

const catalog = await Catalog.of(token());
const sight = catalog.sees('order:created');
document.querySelector('#orders').hidden = sight !== 'own';
document.querySelector('[data-testid=not-yours]').hidden = sight !== 'all';

const client = page.connect();

const follow = (stream, model) => new Follow({ client, token, stream, model, past: true, changed: page.changed });
const orders = follow('orders', new MyOrders());
const payments = follow('payments', new MyPayments());
const sees = catalog.sees('payment:received') !== 'none';
part('order-dialog').begin({ client, token, zone, payments: sees, changed: page.changed });
addEventListener('open-order', ({ detail }) => part('order-dialog').open(detail));

function paint() {
  notes([orders], client);
  part('my-orders').show(orders.model.all(payments.model), zone);
  part('order-dialog').show();
}

if (sight === 'own') {
  orders.start();
  sees && payments.start();
}
page.begin(catalog);
