/**
 * What the console says of clients' connections, from what `GET /api/connections` answers.
 *
 * @typedef {object} Connection
 * @property {string} connection its id
 * @property {string} node
 * @property {string} user empty while the client has not authenticated
 * @property {string[]} roles
 * @property {string} transport
 * @property {string} since
 * @property {number} sentBytes
 * @property {{millis: number, events: number, bytes: number}} lag
 * @property {number} streams
 * @property {{stream: string, filtered: boolean, rate: number, state: string, events: number, millis: number}[]} subscriptions
 * @property {{at: string, code: string, message: string}} [lastError]
 */
import { count, rate } from '../format.js';

/** How long a client may be behind before it is worth a look, in ms. */
const SLOW_MS = 2_000;
/** Streams that a row names. */
const NAMED = 3;

export const FILTERS = ['user', 'role', 'transport', 'stream', 'node', 'connection'];
/** Connections of a page, and how many the server shows at most. */
export const PAGE = 50;
export const MOST = 1_000;

/** @param {number} n */
export function bytes(n) {
  if (n < 1_000) {
    return `${n} B`;
  }
  const units = ['kB', 'MB', 'GB', 'TB'];
  let value = n / 1_000;
  while (value >= 1_000 && units.length > 1) {
    value /= 1_000;
    units.shift();
  }
  return `${rate(value)} ${units[0]}`;
}

/** A span as one reads it: 420 ms, 12 s, 7 min, 3 h, 4 d. */
export function span(ms) {
  const steps = [
    [86_400_000, 'd'],
    [3_600_000, 'h'],
    [60_000, 'min'],
    [1_000, 's'],
  ];
  const step = steps.find(([least]) => ms >= least);
  return step === undefined ? `${Math.round(ms)} ms` : `${Math.floor(ms / step[0])} ${step[1]}`;
}

/** What a client has yet to read, in words. */
export function behind({ millis, events, bytes: waiting }) {
  const parts = [];
  millis > 0 && parts.push(`for ${span(millis)}`);
  events > 0 && parts.push(`${count(events)} events`);
  waiting > 0 && parts.push(bytes(waiting));
  return parts.length === 0 ? '–' : parts.join(' · ');
}

/** @returns {'' | 'warn' | 'bad'} how it looks */
export function tone({ lag, subscriptions }) {
  if (lag.millis < SLOW_MS) {
    return '';
  }
  return subscriptions.some(({ state }) => state === 'lagging') || subscriptions.length === 0 ? 'bad' : 'warn';
}

/** One subscription in words: its stream, how it is limited, and where it is if it isn't live. */
export function subscription({ stream, filtered, rate: most, state, events }) {
  const marks = [];
  filtered && marks.push('filtered');
  most > 0 && marks.push(`${rate(most)}/s`);
  state !== 'live' && marks.push(`${state.replace('_', ' ')}${events > 0 ? `, ${count(events)} behind` : ''}`);
  return marks.length === 0 ? stream : `${stream} (${marks.join(', ')})`;
}

/** The streams of a connection: the slowest by name, the others as a number. */
export function streams({ streams: all, subscriptions }) {
  const named = subscriptions.slice(0, NAMED).map(subscription);
  const others = all - named.length;
  return all === 0 ? 'none' : [...named, ...(others > 0 ? [`and ${count(others)} more`] : [])].join(', ');
}

/** Whether there is somebody whose other connections can be told, and whose tokens can be revoked. */
export const isSomebody = ({ user, roles }) => user !== '' && roles.some((role) => role !== 'public');

/** What is shown of how many. */
export function summary({ connections, matched, unanswered }, from) {
  const nodes = unanswered === 0 ? '' : ` ${count(unanswered)} ${unanswered === 1 ? 'node' : 'nodes'} did not answer: their connections are not here.`;
  if (matched === 0) {
    return `No connection is like that.${nodes}`;
  }
  const all = `${count(matched)} ${matched === 1 ? 'connection' : 'connections'}`;
  const part = connections.length < matched ? `, ${count(from + 1)} to ${count(from + connections.length)} of the slowest` : matched > 1 ? ', the slowest first' : '';
  return `${all}${part}.${nodes}`;
}

/** Where the next page begins; undefined if the server shows no more. */
export function next({ connections, matched }, from) {
  const then = from + connections.length;
  return connections.length > 0 && then < Math.min(matched, MOST) ? then : undefined;
}

/** What the panel of reading times says where it has no figures. */
export function silence({ acknowledge, readTimes }) {
  if (acknowledge === 0) {
    return 'Not measured: clients acknowledge events if broadcast.acknowledge is set, for example to 100.';
  }
  return readTimes.length === 0 ? `No client has acknowledged an event in the last five minutes; one in ${count(acknowledge)} is asked for.` : '';
}
