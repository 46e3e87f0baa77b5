const TRACE_ID = /^[0-9a-f]{32}$/;

/**
 * The filter of a search within a stream. Fails with words for the operator.
 *
 * @param {'source' | 'trace' | 'filter'} by
 * @returns {object | undefined} as the server takes it; undefined for everything
 */
export function filterOf(by, text) {
  const given = text.trim();
  if (by === 'source') {
    return { source: given };
  }
  if (by === 'trace') {
    const whole = given.toLowerCase();
    return { 'metadata.traceparent': TRACE_ID.test(whole) ? { prefix: `00-${whole}-` } : whole };
  }
  if (given === '') {
    return undefined;
  }
  let filter;
  try {
    filter = JSON.parse(given);
  } catch {
    filter = undefined;
  }
  if (filter === null || typeof filter !== 'object' || Array.isArray(filter)) {
    throw new Error('A filter is a JSON object, for instance {"data.total": {"gt": 100}}.');
  }
  return filter;
}

/** The path of the API that answers a search within a stream; the last matching events, or those before a position or time. */
export function historyPath(stream, filter, last, before) {
  const query = new URLSearchParams({ last: String(last) });
  before && query.set('before', before);
  filter && query.set('filter', JSON.stringify(filter));
  return `/api/streams/${encodeURIComponent(stream)}/events?${query}`;
}

/** What a field for a time contains, read by the clocks of UTC, as a time of the API; undefined if it is empty. */
export const ofUtc = (field) => (field === '' ? undefined : new Date(`${field}Z`).toISOString());

/** The other way; empty for a position, or nothing. */
export function inUtc(time) {
  const ms = /^\d{4}-/.test(time) ? Date.parse(time) : NaN;
  return Number.isNaN(ms) ? '' : new Date(ms).toISOString().slice(0, 19);
}
