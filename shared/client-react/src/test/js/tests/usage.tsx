// Compiled, not run: the types as a page uses them.
import { Millrace, Refusal } from '@millrace/client';
import {
  LiveCustomerCount,
  LiveSalesTicker,
  MillraceProvider,
  OrderStatusBadge,
  statusOf,
  useConnection,
  useEntity,
  useEvent,
  useKpi,
  usePublish,
  useStream,
} from '@millrace/react';
import '@millrace/react/components.css';
import type { LiveKpi, OrderStatusBadgeProps, Status } from '@millrace/react';

interface Order {
  orderId: string;
  total: number;
  status: string;
}

function Orders({ country }: { country?: string }) {
  const { events, status, error, gap } = useStream<Order>(country ? 'orders' : null, { filter: { 'data.country': country }, types: ['order:created'], limit: 10, rate: 5 });
  const totals: (number | undefined)[] = events.map((message) => message.data.data?.total);
  const known: Status = status;
  return <p title={error?.message}>{totals.join(' ') + known + gap}</p>;
}

function Order({ id }: { id?: string }) {
  const { state, version, entity } = useEntity<Order>('orders', 'order', id, { filter: { 'data.country': 'FR' } });
  const publish = usePublish();
  useEvent<{ newStatus: string }>('orders', 'order:status_changed', (message) => console.log(message.data.data?.newStatus.length));
  const cancel = async () => {
    try {
      const { status } = await publish({ type: 'order:deleted', data: { orderId: id } }, { keep: false });
      console.log(status);
    } catch (e) {
      e instanceof Refusal && console.log(e.code);
    }
  };
  return (
    <button onClick={cancel}>
      {state?.total.toFixed(2)} {version} {entity?.state.status}
    </button>
  );
}

function Figure() {
  const { value, change, data }: LiveKpi = useKpi('revenue');
  const { state, identity, transport, pending, connect } = useConnection();
  return (
    <p onClick={connect}>
      {value?.toFixed(2)} {change} {data?.count?.toFixed()} {data?.windows?.today?.change} {state.text} {identity?.roles.join()} {transport} {pending}
    </p>
  );
}

const badge: OrderStatusBadgeProps<Order> = { orderId: 'o-1', status: (order) => order.status, title: 'its status' };

export const page = (
  <MillraceProvider url="https://shop.example" token={async () => 'a token'} share={false}>
    <Orders />
    <Order id="o-1" />
    <Figure />
    <OrderStatusBadge {...badge} missing={<i>none</i>} />
    <LiveCustomerCount label="here" className="mine" />
    <LiveSalesTicker kpi="revenue" currency="EUR" locale="de" limit={3} />
  </MillraceProvider>
);
export const own = <MillraceProvider client={new Millrace({ token: 'fixed' })}>text</MillraceProvider>;
export const status: string | undefined = statusOf({ newStatus: 'sent' });

// @ts-expect-error a client of one's own has its options already
export const both = <MillraceProvider client={new Millrace()} url="https://shop.example" />;
// @ts-expect-error an order is named
export const nameless = <OrderStatusBadge />;
// @ts-expect-error what a stream's events carry isn't known unless it is said
export const unknown = () => useStream('orders').events[0].data.data.total;
