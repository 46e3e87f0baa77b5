import { counting } from '../kpis.js';

/** More bars than this can't be told apart. */
const MOST = 400;
const DAY = 86_400_000;

/**
 * What the sales come to: of all orders as the KPI has them, or of those that pass a filter, added up here once every one
 * has come. Until the figures are known they are undefined, never zero.
 *
 * @param {import('../kpis.js').Kpis} kpis
 * @param {import('../follow.js').Follow} follow of the orders
 */
export function sales(kpis, follow) {
  return follow.filtered ? ofThose(follow) : ofAll(kpis, follow.model);
}

function ofAll(kpis, orders) {
  const revenue = kpis.get('revenue');
  const { by = '', rows = [] } = kpis.periods('revenue') ?? {};
  const currencies = [...orders.currencies];
  const mixed = currencies.length > 1 ? ` Amounts in ${currencies.map((c) => c || 'no currency').join(', ')} are added as they are.` : '';
  return {
    currency: currencies.length === 1 ? currencies[0] : '',
    revenue: revenue?.value ?? undefined,
    orders: revenue && (kpis.get('orders')?.value ?? revenue.count ?? undefined),
    average: revenue?.count > 0 && revenue.value !== null ? revenue.value / revenue.count : undefined,
    unit: by,
    buckets: filled(by, rows),
    zone: revenue?.zone ?? 'UTC',
    words: revenue === undefined ? 'The figures can’t be read now.' : (counting([revenue]) || words(revenue, rows)) + mixed,
    since: kpis.stale ? kpis.at : undefined,
  };
}

function words({ count }, rows) {
  return count === null ? 'The figures are being added up.' : count === 0 ? 'Nothing has been ordered yet.' : rows.length > 0 ? 'Of all orders so far.' : '';
}

function ofThose(follow) {
  const { model, complete } = follow;
  const { currency, amount, count } = model.revenue.main;
  const others = model.revenue.sums.slice(1);
  return {
    currency,
    revenue: complete ? amount : undefined,
    orders: complete ? model.count : undefined,
    average: complete && count > 0 ? amount / count : undefined,
    unit: model.sales.unit,
    zone: model.zone.name,
    buckets: complete ? model.sales.buckets() : [],
    others: complete ? others : [],
    words: complete ? 'Of the orders that pass and are kept.' : 'Adding up the orders that pass …',
  };
}

/** A period in which nothing counted has no row: between the first and the last that is a true zero. */
function filled(by, rows) {
  if (rows.length === 0) {
    return [];
  }
  const buckets = [];
  const known = new Map(rows.map((row) => [row.start, row]));
  const last = rows.at(-1).start;
  for (let start = Math.max(rows[0].start, later(by, last, 1 - MOST)); start <= last; start = later(by, start, 1)) {
    const { value = 0, count = 0 } = known.get(start) ?? {};
    buckets.push({ start, amount: value, count, index: index(by, start, buckets.length) });
  }
  return buckets;
}

/** The beginning of a period so many periods later. */
function later(by, start, periods) {
  const date = new Date(start);
  return by === 'month'
    ? Date.UTC(date.getUTCFullYear(), date.getUTCMonth() + periods)
    : start + periods * (by === 'week' ? 7 : 1) * DAY;
}

/** By which round labels are found: months by the year, days and weeks one after another. */
function index(by, start, i) {
  const date = new Date(start);
  return by === 'month' ? date.getUTCFullYear() * 12 + date.getUTCMonth() : by === 'day' ? Math.floor(start / DAY) : i;
}
