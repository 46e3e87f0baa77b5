const LOCALE = undefined; // whatever the reader's browser is set to
const whole = new Intl.NumberFormat(LOCALE, { maximumFractionDigits: 0 });
const tenths = new Intl.NumberFormat(LOCALE, { maximumFractionDigits: 1 });
const percent = new Intl.NumberFormat(LOCALE, { style: 'percent', maximumFractionDigits: 1 });
const relative = new Intl.RelativeTimeFormat(LOCALE, { numeric: 'auto', style: 'short' });
const monies = new Map();

const exact = new Intl.NumberFormat(LOCALE, { maximumFractionDigits: 6 });
const signed = new Intl.NumberFormat(LOCALE, { maximumFractionDigits: 1, signDisplay: 'exceptZero' });
const signedPercent = new Intl.NumberFormat(LOCALE, { style: 'percent', maximumFractionDigits: 1, signDisplay: 'exceptZero' });

export const number = (n) => exact.format(n);
export const count = (n) => whole.format(n);
export const rate = (n) => tenths.format(n);
export const share = (n) => percent.format(n);

/**
 * @param {number | undefined} amount
 * @param {string} currency an ISO code, or '' for a plain number
 * @param {'exact' | 'short'} how `short` for an axis
 */
export function money(amount, currency, how = 'exact') {
  if (amount === undefined) {
    return '–';
  }
  const key = currency + how;
  if (!monies.has(key)) {
    monies.set(key, moneyFormat(currency, how));
  }
  return monies.get(key).format(amount);
}

/**
 * How a figure has moved: `+£12.50 · +4.2%`, in points where it is a share itself. What isn't known is nothing at all.
 *
 * @param {number | undefined} by
 * @param {number | undefined} before
 * @param {'money' | 'count' | 'share'} kind
 * @param {string} currency of money
 */
export function change(by, before, kind, currency) {
  if (by === undefined) {
    return '';
  }
  if (kind === 'share') {
    return `${signed.format(by * 100)} points`;
  }
  const moved = kind === 'money' ? moneyFormat(currency, 'exact', 'exceptZero').format(by) : signed.format(by);
  return before > 0 ? `${moved} · ${signedPercent.format(by / before)}` : moved;
}

function moneyFormat(currency, how, signDisplay = 'auto') {
  const style = currency === '' ? {} : { style: 'currency', currency, currencyDisplay: 'narrowSymbol' };
  const digits = {
    exact: { minimumFractionDigits: 2, maximumFractionDigits: 2 },
    short: { notation: 'compact', minimumFractionDigits: 0, maximumFractionDigits: 1 },
  }[how];
  return new Intl.NumberFormat(LOCALE, { ...style, ...digits, signDisplay });
}

const utc = (options) => new Intl.DateTimeFormat(LOCALE, { timeZone: 'UTC', hourCycle: 'h23', ...options });
const here = new Intl.DateTimeFormat(LOCALE, { hour: '2-digit', minute: '2-digit', hourCycle: 'h23' });
const FULL = utc({ day: 'numeric', month: 'short', year: 'numeric', hour: '2-digit', minute: '2-digit' });
const DAY = utc({ day: 'numeric', month: 'short', year: 'numeric' });
const DAY_SHORT = utc({ day: 'numeric', month: 'short' });
const MONTH = utc({ month: 'short', year: 'numeric' });
const YEAR = utc({ year: 'numeric' });
const CLOCK = utc({ hour: '2-digit', minute: '2-digit' });
const CLOCK_SECONDS = utc({ hour: '2-digit', minute: '2-digit', second: '2-digit' });

/** What the reader's own clock said. */
export const clock = (ms) => here.format(ms);

/** A moment in full, as events carry it. */
export const moment = (ms) => (Number.isFinite(ms) ? `${FULL.format(ms)} UTC` : '–');

/** A moment as the clocks of a region show it, and which. @param {import('./model/zone.js').Zone} zone */
export const at = (ms, zone) => (Number.isFinite(ms) ? `${DAY_SHORT.format(zone.wall(ms))}, ${CLOCK_SECONDS.format(zone.wall(ms))} ${zone.name}` : '–');

/**
 * A bucket's name: in full for the readout, or as short as an axis needs it.
 *
 * @param {number} ms as the clocks of `zone` show it, written as if that were UTC
 */
export function bucket(ms, unit, short = false, zone = 'UTC') {
  switch (unit) {
    case 'year':
      return YEAR.format(ms);
    case 'month':
      return MONTH.format(ms);
    case 'day':
    case 'week':
      return (short ? DAY_SHORT : DAY).format(ms);
    case 'hour':
    case '15 minutes':
      return short ? (ms % 86_400_000 === 0 ? DAY_SHORT : CLOCK).format(ms) : `${FULL.format(ms)} ${zone}`;
    case 'minute':
      return short ? CLOCK.format(ms) : `${FULL.format(ms)} ${zone}`;
    default:
      return short ? CLOCK_SECONDS.format(ms) : `${CLOCK_SECONDS.format(ms)} ${zone}`;
  }
}

const HOUR = 3_600_000;

/**
 * "12 sec. ago" for what is near; the date, and by whose clocks, for what isn't, such as a replay of last year.
 *
 * @param {number} ms
 * @param {import('./model/zone.js').Zone} [zone] whose clocks; without one UTC
 */
export function ago(ms, zone = undefined, now = Date.now()) {
  const past = now - ms;
  if (!Number.isFinite(past)) {
    return '';
  }
  if (past < -60_000 || past > 36 * HOUR) {
    return zone === undefined ? moment(ms) : `${FULL.format(zone.wall(ms))} ${zone.name}`;
  }
  if (past < 10_000) {
    return relative.format(0, 'second');
  }
  if (past < 60_000) {
    return relative.format(-Math.floor(past / 10_000) * 10, 'second');
  }
  return past < HOUR ? relative.format(-Math.floor(past / 60_000), 'minute') : relative.format(-Math.floor(past / HOUR), 'hour');
}
