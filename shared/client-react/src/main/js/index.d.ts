import type { Entity, Event, Filter, Identity, Message, Millrace, Options, Published, ServerError, State, StreamOptions, Transport } from '@millrace/client';
import type { HTMLAttributes, ReactElement, ReactNode } from 'react';

/** Either a client of the page's own, which stays open, or the options of one that is opened and closed with the provider. */
export type MillraceProviderProps = { children?: ReactNode } & (
  | ({ client?: undefined } & Pick<Options, 'url' | 'token' | 'transports' | 'share' | 'outbox' | 'WebSocket' | 'fetch'>)
  | { client: Millrace }
);

/**
 * Gives the components within one connection, opened after the first render. It is replaced when `client`, `url`, or a `token` that
 * is a text changes; a `token` that is a function may be another in each render.
 */
export function MillraceProvider(props: MillraceProviderProps): ReactElement;

/**
 * - `idle`: nothing is asked for, since the stream, the id or the name is missing
 * - `waiting`: the server hasn't agreed yet, or what may be seen is loaded anew
 * - `live`: what happens is shown, as far as there is a connection (`useConnection`)
 * - `refused`: the server refused it, and `error` says why
 */
export type Status = 'idle' | 'waiting' | 'live' | 'refused';

export interface Connection {
  state: State;
  /** Who the server says we are; undefined until it has. */
  identity: Identity | undefined;
  /** undefined while there is no connection */
  transport: Transport | undefined;
  /** How many events wait to be published. */
  pending: number;
  /** Tries now: after signing in anew, or to leave a wait short. */
  connect(): void;
}

export function useConnection(): Connection;

/** What may be asked of a stream. Components that ask for the same share one subscription. */
export type UseOptions = Pick<StreamOptions, 'filter' | 'after' | 'rate' | 'slow'>;

export interface UseStreamOptions extends UseOptions {
  /** Only events of these types; chosen in the page, so that it costs no subscription. */
  types?: string | readonly string[];
  /** How many are kept at most. Default: 50. */
  limit?: number;
}

export interface LiveStream<Data = unknown> {
  /** The newest events since the first component asked for them, oldest first. Another array after each event. */
  events: readonly Message<Data>[];
  status: Status;
  error: ServerError | undefined;
  /** Why some events between those shown are missing, since the last time that was so: `not_recovered`, `slow_consumer` … */
  gap: string | undefined;
}

/** The newest events of a stream. `undefined` or `null` instead of a stream follows nothing. */
export function useStream<Data = unknown>(stream: string | null | undefined, options?: UseStreamOptions): LiveStream<Data>;

/**
 * Calls the handler of the last render with each event of these types (`undefined`: of all), in order, each once. The component isn't
 * rendered for it.
 */
export function useEvent<Data = unknown>(
  stream: string | null | undefined,
  types: string | readonly string[] | undefined,
  handler: (message: Message<Data>) => void,
  options?: UseOptions,
): void;

export interface LiveEntity<EntityState = unknown> {
  /** undefined if there is none, it was deleted, or it isn't known yet (`status`) */
  entity: Entity<EntityState> | undefined;
  /** The entity's state and version, or undefined as it is. */
  state: EntityState | undefined;
  version: number | undefined;
  status: Status;
  error: ServerError | undefined;
}

/**
 * An entity as it stands. The first component that asks loads all entities of the stream that one may see (and that pass `filter`);
 * all others share them, and each is rendered when its own changes.
 */
export function useEntity<EntityState = unknown>(
  stream: string | null | undefined,
  kind: string,
  id: string | null | undefined,
  options?: { filter?: Filter; rate?: number },
): LiveEntity<EntityState>;

/** A KPI as the stream `kpi:{name}` or the API tells it, whatever else a newer server says of it. */
export interface KpiData {
  value: number | null;
  count?: number;
  /** Since the value before. */
  change?: number | null;
  /** Those of the pack, as `today`: the present window, the one before, and the difference. */
  windows?: Record<string, { value: number | null; count: number; before: number | null; change: number | null; start?: string }>;
  /** Only while events from before the KPI began are being counted: how many of them are, and the value is of those. */
  catchingUp?: { counted: number; of: number };
  [more: string]: unknown;
}

export interface LiveKpi {
  /** undefined until it is known; null for the average, the smallest or the largest of nothing */
  value: number | null | undefined;
  /** Since the value before; undefined where that wasn't told */
  change: number | null | undefined;
  /** All that was told last. */
  data: KpiData | undefined;
  status: Status;
  error: ServerError | undefined;
}

export function useKpi(name: string | null | undefined): LiveKpi;

/**
 * The function that publishes, the same in each render. Its promise is the server's answer, or fails with a `Refusal`. Without a
 * connection the event waits for one, unless `keep` is false.
 */
export function usePublish(): <Data = unknown>(event: Event<Data>, how?: { keep?: boolean }) => Promise<Published>;

type Props<Own> = Own & Omit<HTMLAttributes<HTMLElement>, keyof Own | 'children'>;

export type OrderStatusBadgeProps<Order = any> = Props<{
  orderId: string | null | undefined;
  /** Default: `orders` */
  stream?: string;
  /** Of entity. Default: `order` */
  kind?: string;
  /** The status of an order. Default: `statusOf` */
  status?: (order: Order) => string | undefined;
  /** Shown where there is no such order. Default: a dash */
  missing?: ReactNode;
}>;

/** The status of one order, live: `<span class="millrace-badge" data-status="paid" data-tone="good">`. */
export function OrderStatusBadge<Order = any>(props: OrderStatusBadgeProps<Order>): ReactElement;

/** An order's `status`, or the `newStatus` of a change whose sender left `status` as it was. */
export function statusOf(order: { status?: string; oldStatus?: string; newStatus?: string }): string | undefined;

export type LiveCustomerCountProps = Props<{
  /** Whose presence is counted. Default: `customers` */
  stream?: string;
  /** Types of the events that tell who comes and goes. Default: `customer:online`, `customer:offline` */
  join?: string;
  leave?: string;
  /** The field of their data that says who. Default: `customerId` */
  user?: string;
  /** Default: `customers online` */
  label?: ReactNode;
  locale?: string | string[];
}>;

/** How many customers are connected now. */
export function LiveCustomerCount(props: LiveCustomerCountProps): ReactElement;

export type LiveSalesTickerProps = Props<{
  /** Shown above the sales. Default: `revenue` */
  kpi?: string;
  /** Default: `orders` */
  stream?: string;
  /** Of the events that are sales. Default: `order:created` */
  type?: string;
  /** How many sales are shown. Default: 5 */
  limit?: number;
  /** ISO code, where a sale names none and for the KPI. Default: plain numbers */
  currency?: string;
  locale?: string | string[];
  /** Of the KPI. Default: `Revenue` */
  label?: string;
  /** Shown before the first sale. */
  empty?: ReactNode;
}>;

/** What has been sold: a KPI as it stands, and the newest sales. */
export function LiveSalesTicker(props: LiveSalesTickerProps): ReactElement;
