import { LiveCustomerCount, LiveSalesTicker, OrderStatusBadge, useConnection, useEvent, useKpi, usePublish, useStream } from '@millrace/react';
import { useState } from 'react';

const COUNTRIES = ['FR', 'DE'];

export function Shop() {
  return (
    <main>
      <header>
        <h1>Shop, live</h1>
        <Connection />
        <LiveCustomerCount data-testid="customers" />
      </header>
      <LiveSalesTicker currency="EUR" data-testid="ticker" />
      <Orders />
      <LowStock />
    </main>
  );
}

function Connection() {
  const { state, identity, connect } = useConnection();
  return (
    <p className="connection" data-state={state.name}>
      <span data-testid="state">{state.text}</span> {identity && `as ${identity.user ?? 'nobody'}`}{' '}
      {state.name === 'offline' && <button onClick={connect}>Try now</button>}
    </p>
  );
}

function Orders() {
  const [country, setCountry] = useState('');
  const { value: count } = useKpi('orders');
  return (
    <section>
      <h2>Orders</h2>
      <p>
        <span data-testid="orders">{count ?? '–'}</span> in all.{' '}
        <label>
          Shown are those of{' '}
          <select value={country} onChange={(e) => setCountry(e.target.value)} data-testid="country">
            <option value="">all countries</option>
            {COUNTRIES.map((name) => (
              <option key={name}>{name}</option>
            ))}
          </select>
        </label>
      </p>
      <OrderList country={country} />
    </section>
  );
}

function OrderList({ country }) {
  const filter = country === '' ? undefined : { 'data.country': country };
  const { events, status, error } = useStream('orders', { types: 'order:created', filter, limit: 8 });
  if (status === 'refused') {
    return <p role="alert">{error.message}</p>;
  }
  return (
    <ul className="orders" data-testid="list" data-status={status}>
      {events.map((message) => (
        <Order key={message.data.id} order={message.data.data} />
      ))}
    </ul>
  );
}

function Order({ order: { orderId, status, country } }) {
  const publish = usePublish();
  const [refusal, setRefusal] = useState();
  const send = () =>
    publish({ type: 'order:status_changed', data: { orderId, oldStatus: status, newStatus: 'sent' } }).then(
      () => setRefusal(undefined),
      (e) => setRefusal(e.message),
    );
  return (
    <li>
      <span className="order">
        {orderId} {country}
      </span>
      <OrderStatusBadge orderId={orderId} data-testid={`status-${orderId}`} />
      <button onClick={send} data-testid={`send-${orderId}`}>
        Send
      </button>
      {refusal && <p role="alert">{refusal}</p>}
    </li>
  );
}

function LowStock() {
  const [last, setLast] = useState();
  useEvent('inventory', ['inventory:low_stock', 'inventory:out_of_stock'], (message) => setLast(message.data.data));
  return last ? (
    <p role="status" data-testid="low-stock">
      Running low: {last.productName ?? last.productId}
    </p>
  ) : null;
}
