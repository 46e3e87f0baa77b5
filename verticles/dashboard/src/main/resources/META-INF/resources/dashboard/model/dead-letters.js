/** What the view of dead letters shows and asks for, computed without a browser. */

const SLOT = 3_600_000; // counts of whole hours are kept: a filter that begins with one is answered at once
const SINCE = { hour: 3_600_000, day: 86_400_000, week: 604_800_000, month: 2_592_000_000 };

/** A time as a field of the page has it: UTC, to the minute. */
const FIELD = /^(\d{4}-\d\d-\d\dT\d\d:\d\d)$/;

/** What may be asked for, in the address and of the API. */
const CRITERIA = ['type', 'stream', 'source', 'reason', 'fingerprint', 'act', 'from', 'to'];

/**
 * @param {URLSearchParams} params of the view's address: the API's names, and `since` and `state`; times may be those of a field
 * @returns {Record<string, string>} what the API is asked for
 */
export function criteria(params, now = Date.now()) {
  const found = {};
  for (const name of CRITERIA) {
    const value = params.get(name);
    if (value) {
      found[name] = name === 'from' || name === 'to' ? value.replace(FIELD, '$1:00Z') : value;
    }
  }
  const since = SINCE[params.get('since')];
  if (since !== undefined && found.from === undefined) {
    found.from = new Date(Math.floor((now - since) / SLOT) * SLOT).toISOString();
  }
  return found;
}

/** The state that is shown; undefined for every. */
export function stateOf(params) {
  const state = params.get('state') || 'dead';
  return state === 'all' ? undefined : state;
}

/** @returns {string} the query of `GET /api/dead-letters` */
export function query(asked, state, more = {}) {
  const all = { ...asked, state, ...more };
  return new URLSearchParams(Object.entries(all).filter(([, value]) => value !== undefined)).toString();
}

/** @returns {object} the filter in the body of a command: nobody has decided about letters that die later, so it ends now */
export function filter(asked, now = Date.now()) {
  const { act, to = new Date(now).toISOString(), ...rest } = asked;
  return { ...rest, ...(act && { act: Number(act) }), to };
}

/** Where a letter goes if it is redriven: to what failed, and nowhere else. */
export function target(letter) {
  return letter.stage === 'sources'
    ? `the source ${letter.source}, which is to make events of it`
    : 'the queue: nothing of it has taken effect yet';
}

const SEQUEL = { queued: 'in the queue', committed: 'committed', died_again: 'died again' };

/** What is known of a letter, in a word or two. */
export function fate(letter) {
  const sequel = letter.state === 'redriven' ? SEQUEL[letter.sequel] : undefined;
  return sequel === undefined ? letter.state : `${letter.state}, ${sequel}`;
}

const DONE = { redrive: 'redrove', discard: 'discarded', restore: 'restored', edit: 'edited', stop: 'stopped', denied: 'was denied' };

/** An act as a sentence. */
export function told(act, count) {
  const letters = `${count(act.letters)} ${act.letters === 1 ? 'letter' : 'letters'}`;
  const what = {
    stop: `act ${act.filter.act}`,
    edit: `letter ${act.filter.ids?.[0]}`,
    denied: act.change?.tried ?? '',
  }[act.act];
  return `${act.by} ${DONE[act.act] ?? act.act} ${what ?? letters}`;
}

/** The letters that an act meant, in words. */
export function meant(filter) {
  const parts = Object.entries(filter).map(([name, value]) =>
    name === 'ids' ? `${value.length === 1 ? `letter ${value[0]}` : `${value.length} letters by their ids`}` : `${name} ${value}`,
  );
  return parts.length === 0 ? '' : parts.join(', ');
}

/** How an act with a pace is. */
export function progress(act, count) {
  const handled = act.letters + act.refused;
  const refused = act.refused > 0 ? `; ${count(act.refused)} refused` : '';
  const rest = Math.max(0, act.matched - handled);
  switch (act.state) {
    case 'running':
      return `${count(act.letters)} of ${count(act.matched)}${refused}; ${act.pace} a second, ${left(rest / act.pace)} left`;
    case 'stopped':
      return `stopped after ${count(act.letters)} of ${count(act.matched)}${refused}`;
    default:
      return `${count(act.letters)} of ${count(act.matched)}${refused}`;
  }
}

/** A time in the largest units that tell it. */
export function left(seconds) {
  const whole = Math.ceil(seconds);
  return whole < 120 ? `${whole} s` : whole < 7_200 ? `${Math.ceil(whole / 60)} min` : `${Math.ceil(whole / 3_600)} h`;
}

/** Whether an act is a discard that can be undone: its letters are open again then. */
export const undoable = (act) => act.act === 'discard' && act.letters > 0 && act.state !== 'running';

/**
 * The bars of a group's letters over time, as the path of an SVG.
 *
 * @param {number[]} periods letters of each
 * @param {number} before how many periods without any the chart has before these
 * @param {number} all how many it has from there on
 */
export function bars(periods, before, all, width, height) {
  const high = Math.max(1, ...periods);
  const slot = width / Math.max(1, before + all);
  let path = '';
  periods.forEach((letters, i) => {
    if (letters > 0) {
      // A single letter among thousands is still seen.
      const bar = Math.max(1.5, (height * letters) / high);
      path += `M${((before + i) * slot).toFixed(1)} ${height}v${(-bar).toFixed(1)}h${Math.max(1, slot - 0.5).toFixed(1)}V${height}z`;
    }
  });
  return path;
}

/**
 * What differs between two JSON values, by JSON pointer (RFC 6901), in the order of the first and then of the second.
 *
 * @returns {{pointer: string, before: any, after: any}[]} `undefined` where there is nothing
 */
export function difference(before, after, pointer = '') {
  if (isObject(before) && isObject(after)) {
    const names = new Set([...Object.keys(before), ...Object.keys(after)]);
    return [...names].flatMap((name) => difference(before[name], after[name], `${pointer}/${name.replaceAll('~', '~0').replaceAll('/', '~1')}`));
  }
  if (Array.isArray(before) && Array.isArray(after)) {
    const longer = before.length > after.length ? before : after;
    return longer.flatMap((_, i) => difference(before[i], after[i], `${pointer}/${i}`));
  }
  return same(before, after) ? [] : [{ pointer, before, after }];
}

const isObject = (value) => value !== null && typeof value === 'object' && !Array.isArray(value);

const same = (one, other) => one === other || (one !== undefined && other !== undefined && JSON.stringify(one) === JSON.stringify(other));

/**
 * What an operator has written, as the body of the edit.
 *
 * @param {object} event as it would be redriven
 * @param {{data: string, expectedVersion: string, expiresAt: string}} written
 * @returns {{change: object | undefined, problem: string}} no change, and no problem, if nothing differs
 */
export function edit(event, written) {
  let data;
  try {
    data = JSON.parse(written.data);
  } catch (e) {
    return { change: undefined, problem: `The data is no JSON: ${e.message}` };
  }
  const change = {};
  if (difference(event.data, data).length > 0) {
    change.data = data;
  }
  const metadata = {};
  const expected = written.expectedVersion.trim();
  if (expected !== String(event.expectedVersion ?? '')) {
    if (!/^(\d{1,15})?$/.test(expected)) {
      return { change: undefined, problem: 'The expected version is a whole number, or nothing.' };
    }
    metadata.expectedVersion = expected === '' ? null : Number(expected);
  }
  const expires = written.expiresAt.trim();
  if (expires !== (event.expiresAt ?? '')) {
    metadata.expiresAt = expires === '' ? null : expires;
  }
  if (Object.keys(metadata).length > 0) {
    change.metadata = metadata;
  }
  return { change: Object.keys(change).length > 0 ? change : undefined, problem: '' };
}

/** Numbers of a JSON text of which JavaScript would lose digits: an edit here would change them. */
export function inexact(text) {
  const numbers = text.replace(/"(?:[^"\\]|\\.)*"/g, '""').match(/\d+(?:\.\d+)?(?:[eE][+-]?\d+)?/g) ?? [];
  return numbers.filter((number) => {
    const digits = number.replace(/[eE].*/, '').replace('.', '').replace(/^0+|0+$/g, '');
    return digits.length > 15 || !Number.isFinite(Number(number));
  });
}

/** The members of a JSON schema's object as lines: name, what it must be, whether it must be there. */
export function members(schema) {
  const required = new Set(schema?.required ?? []);
  return Object.entries(schema?.properties ?? {}).map(([name, rule]) => ({ name, rule: ruleWords(rule), required: required.has(name) }));
}

function ruleWords(rule) {
  if (rule === null || typeof rule !== 'object') {
    return '';
  }
  const { type, description, properties, items, ...rest } = rule;
  const words = [Array.isArray(type) ? type.join(' or ') : type ?? 'anything'];
  for (const [name, value] of Object.entries(rest)) {
    words.push(`${name} ${typeof value === 'string' ? value : JSON.stringify(value)}`);
  }
  properties && words.push(`{ ${Object.keys(properties).join(', ')} }`);
  items && words.push(`of ${ruleWords(items)}`);
  return words.join(', ');
}
