import { createElement } from 'react';
import { classes } from './classes.js';
import { useEntity } from './hooks.js';

/** What a status is a sign of, for its colour; any other is neutral. */
const TONES = {
  good: ['paid', 'completed', 'complete', 'delivered', 'fulfilled'],
  moving: ['pending', 'processing', 'packed', 'sent', 'shipped', 'confirmed'],
  bad: ['cancelled', 'canceled', 'failed', 'refunded', 'rejected', 'returned'],
};

/** The status of one order as it stands, live. */
export function OrderStatusBadge({ orderId, stream = 'orders', kind = 'order', status = statusOf, missing = '–', className, ...others }) {
  const { state } = useEntity(stream, kind, orderId);
  const shown = state && status(state);
  const tone = Object.keys(TONES).find((name) => TONES[name].includes(String(shown).toLowerCase()));
  const properties = { ...others, className: classes('millrace-badge', className), 'data-status': shown, 'data-tone': tone ?? 'neutral' };
  return createElement('span', properties, shown ?? missing);
}

/**
 * The status of an order: its `status`; or the `newStatus` of a change whose sender left the order's own `status` as it was.
 */
export function statusOf({ status, oldStatus, newStatus }) {
  const behind = newStatus !== undefined && (status === undefined || status === oldStatus);
  return behind ? newStatus : status;
}
