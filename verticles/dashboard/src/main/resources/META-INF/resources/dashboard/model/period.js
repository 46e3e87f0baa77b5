/** The periods that one may choose, and what each is compared with: the whole one before, since that is what is kept. */
export const PERIODS = {
  today: { title: 'Today', since: 'since midnight', before: 'the whole of yesterday' },
  week: { title: 'This week', since: 'since Monday', before: 'the whole week before' },
  month: { title: 'This month', since: 'since the first', before: 'the whole month before' },
};

/**
 * What a shop's owner asks of a period: each figure beside that of the period before, as the KPIs have them. What isn't
 * known is undefined, never zero.
 *
 * @param {{get(name: string): object | undefined}} kpis
 * @param {'today' | 'week' | 'month'} name
 * @typedef {{key: string, words: string, kind: 'money' | 'count' | 'share', value?: number, before?: number, change?: number}} Figure
 * @returns {{figures: Figure[], zone: string | undefined, words: string}}
 */
export function period(kpis, name) {
  const read = (key, words, kind) => ({ key, words, kind, ...windowOf(kpis.get(key), name) });
  const buyers = read('buyers', 'Buyers', 'count');
  const carts = read('carts', 'Carts', 'count');
  const zone = kpis.get('revenue')?.zone;
  const { since, before } = PERIODS[name];
  return {
    figures: [
      read('revenue', 'Revenue', 'money'),
      read('orders', 'Orders', 'count'),
      read('averageOrder', 'Average order', 'money'),
      buyers,
      conversion(buyers, carts),
    ],
    zone,
    words: `All orders ${since}${zone === undefined ? '' : ` (${zone})`}, beside ${before}.`,
  };
}

function windowOf(kpi, name) {
  const { value, before, change } = kpi?.windows?.[name] ?? {};
  return { value: value ?? undefined, before: before ?? undefined, change: change ?? undefined };
}

/** The share of those with something in a cart who bought. Unknown where there are more buyers: then not every cart was told. */
function conversion(buyers, carts) {
  const of = (when) => (carts[when] > 0 && buyers[when] <= carts[when] ? buyers[when] / carts[when] : undefined);
  const [value, before] = [of('value'), of('before')];
  const change = value === undefined || before === undefined ? undefined : value - before;
  return { key: 'conversion', words: 'Conversion', kind: 'share', value, before, change };
}
