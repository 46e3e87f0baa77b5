'use client';

export { LiveCustomerCount } from './live-customer-count.js';
export { LiveSalesTicker } from './live-sales-ticker.js';
export { OrderStatusBadge, statusOf } from './order-status-badge.js';
export { useConnection, useEntity, useEvent, useKpi, usePublish, useStream } from './hooks.js';
export { MillraceProvider } from './provider.js';
