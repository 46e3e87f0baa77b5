import { offset } from '../follow.js';
import { csvLine } from './csv.js';
import { passes } from './filter.js';
import { amountOf, currencyOf } from './money.js';

/** So many orders are in one file: more than a spreadsheet shows comfortably, and a bound for the page's memory. */
const MOST = 200_000;
const PAGE = 1_000;
/** A server that is busy is asked again so often, ms apart at least. */
const TRIES = 5;
const WAIT = 1_000;
const COLUMNS = ['ordered at (UTC)', 'order', 'customer', 'name', 'country', 'channel', 'currency', 'total', 'items', 'status'];
const BYTE_ORDER_MARK = '\ufeff';

/**
 * The orders that pass, as a CSV file: each as it was placed, with its status as it is now. Reads the stream's history page by page, up to
 * where its end was when it began: on a busy shop it would never come to the present one.
 *
 * @param {object} of
 * @param {(path: string) => Promise<any>} of.read
 * @param {import('./filter.js').Chosen} of.chosen
 * @param {(events: number, orders: number) => void} of.progress
 * @param {AbortSignal} of.signal stops it
 * @param {(ms: number) => Promise<void>} [of.wait]
 * @returns {Promise<{parts: string[], orders: number, cut: boolean} | undefined>} the file's parts, and whether there were more
 *     orders; undefined if it was stopped
 */
export async function exportOrders({ read, chosen, progress, signal, wait = (ms) => new Promise((go) => setTimeout(go, ms)) }) {
  const orders = new Map();
  let [events, cut, after] = [0, false, undefined];
  const [last] = (await page('last=1', read, wait, signal)).events;
  // Of a reader who may not see all, positions say nothing; an event's id does, unless it is removed meanwhile.
  const atEnd = (message) => message.data.id === last?.data.id || offset(message.position) >= offset(last?.position);
  for (;;) {
    const got = await page(`limit=${PAGE}${after === undefined ? '' : `&after=${encodeURIComponent(after)}`}`, read, wait, signal);
    if (signal.aborted) {
      return undefined;
    }
    for (const message of got.events) {
      cut = take(orders, message, chosen) || cut;
    }
    events += got.events.length;
    progress(events, orders.size);
    if (got.events.some(atEnd) || (got.events.length === 0 && got.more !== true)) {
      return { parts: file(orders), orders: orders.size, cut };
    }
    after = got.next;
  }
}

async function page(query, read, wait, signal) {
  for (let tries = 1; ; tries++) {
    try {
      return await read(`/api/streams/orders/events?${query}`);
    } catch (e) {
      if (e.status === 404 && !query.includes('after=')) {
        return { events: [] }; // nothing has ever happened on it
      }
      if ((e.status !== 429 && e.status !== 503) || tries === TRIES || signal.aborted) {
        throw e;
      }
      await wait(Math.max(e.retryAfter ?? 0, WAIT));
    }
  }
}

/** @returns {boolean} whether there was no room */
function take(orders, { timestamp, superseded, data: { type, data = {} } }, chosen) {
  if (type === 'order:created') {
    if (passes(chosen, data)) {
      if (orders.size >= MOST) {
        return true;
      }
      orders.set(orders.has(data.orderId) ? `${data.orderId} ${orders.size}` : data.orderId, row(timestamp, data));
    }
    return false;
  }
  const known = superseded === true ? undefined : orders.get(data.orderId);
  const status = type === 'order:deleted' ? 'deleted' : type === 'order:status_changed' ? data.newStatus : data.status;
  if (known !== undefined && status !== undefined) {
    known[COLUMNS.length - 1] = String(status);
  }
  return false;
}

function row(timestamp, data) {
  const texts = [data.orderId, data.customerId, data.customerName, data.country, data.channel].map((value) => String(value ?? ''));
  const items = Array.isArray(data.lines) ? data.lines.reduce((sum, line) => sum + (amountOf(line?.quantity) ?? 0), 0) : undefined;
  // Not all of the text after the dot: a spreadsheet knows thousandths.
  const when = new Date(timestamp).toISOString().replace('T', ' ').replace('Z', '');
  return [when, ...texts, currencyOf(data), amountOf(data.total), items, String(data.status ?? '')];
}

function file(orders) {
  return [BYTE_ORDER_MARK + csvLine(COLUMNS), ...[...orders.values()].map(csvLine)];
}
