import { createElement as el } from 'react';
import { classes } from './classes.js';
import { useKpi, useStream } from './hooks.js';

/** What has been sold: a KPI as it stands, and the newest sales since the page was opened. */
export function LiveSalesTicker({
  kpi = 'revenue',
  stream = 'orders',
  type = 'order:created',
  limit = 5,
  currency,
  locale,
  label = 'Revenue',
  empty = 'No sale since this page was opened.',
  className,
  ...others
}) {
  const total = useKpi(kpi);
  const { events } = useStream(stream, { types: type, limit });
  const words = events.length === 0 && el('p', { className: 'millrace-empty' }, empty);
  const list = el('ol', { className: 'millrace-sales' }, [...events].reverse().map((message) => el(Sale, { key: message.position ?? message.data.id, message, currency, locale })));
  return el(
    'section',
    { 'aria-label': label, ...others, className: classes('millrace-ticker', className) },
    el('p', { className: 'millrace-total' }, el('span', { className: 'millrace-label' }, label), ' ', el(Total, { total, currency, locale })),
    words || list,
  );
}

function Total({ total: { value, change }, currency, locale }) {
  const known = value !== undefined && value !== null;
  const direction = change > 0 ? 'up' : change < 0 ? 'down' : undefined;
  return el('data', { className: 'millrace-figure', value: known ? value : undefined, 'data-direction': direction }, known ? money(value, currency, locale) : '–');
}

function Sale({ message: { timestamp, data: { data = {} } }, currency, locale }) {
  const total = Number(data.total);
  return el(
    'li',
    { className: 'millrace-sale' },
    el('span', { className: 'millrace-what' }, data.customerName ?? data.orderId),
    el('data', { className: 'millrace-amount', value: data.total }, Number.isFinite(total) ? money(total, data.currency ?? currency, locale) : '–'),
    el('time', { className: 'millrace-when', dateTime: timestamp }, new Intl.DateTimeFormat(locale, { hour: '2-digit', minute: '2-digit' }).format(new Date(timestamp))),
  );
}

/** Of a currency that is none, as a plain number. */
function money(amount, currency, locale) {
  const style = /^[A-Z]{3}$/.test(currency ?? '') ? { style: 'currency', currency, currencyDisplay: 'narrowSymbol' } : {};
  return new Intl.NumberFormat(locale, { minimumFractionDigits: 2, maximumFractionDigits: 2, ...style }).format(amount);
}
