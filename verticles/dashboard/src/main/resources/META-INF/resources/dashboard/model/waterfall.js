import { outcomeWords } from './delivery.js';

/** So many deliveries are drawn; the others are in the table. */
const DELIVERIES = 12;

/** Microseconds since 1970 of an RFC 3339 time, which may say them: a `Date` has milliseconds. */
export function micros(text) {
  const [, fraction = ''] = /\.(\d+)/.exec(text ?? '') ?? [];
  return Math.floor(Date.parse(text) / 1_000) * 1_000_000 + Number(fraction.padEnd(6, '0').slice(0, 6));
}

/**
 * An event's journey as bars over time: each step's from when the one before it was over, until it was over itself. Deliveries
 * begin when the event was committed.
 *
 * @param {{stages: {stage: string, outcome: string, at: string, attempts?: number, code?: string, detail?: string, by?: string}[]}} journey
 * @param {{outcome: string, at?: string, node?: string, connection?: string, user?: string}[]} [deliveries] those without a time are left out
 * @returns {{rows: {key: string, label: string, words: string, from: number, to: number, tone: string}[], length: number}} µs since the
 *     first step
 */
export function waterfall(journey, deliveries = []) {
  const stages = journey.stages.map((stage) => ({ ...stage, end: micros(stage.at) }));
  const first = Math.min(...stages.map(({ end }) => end));
  let before = stages[0]?.end;
  const rows = stages.map((stage, i) => {
    const row = {
      key: `${i} ${stage.stage}`,
      label: `${stage.stage} ${stage.outcome}`,
      words: words(stage, journey),
      // Clocks of two machines may differ: no bar ends before it begins.
      from: Math.min(before, stage.end) - first,
      to: stage.end - first,
      tone: TONES[stage.outcome] ?? '',
    };
    before = stage.end;
    return row;
  });
  const reached = deliveries.filter(({ at }) => at !== undefined).slice(0, DELIVERIES);
  for (const delivery of reached) {
    const end = micros(delivery.at);
    rows.push({
      key: `delivery ${delivery.node} ${delivery.connection}`,
      label: `broadcast ${outcomeWords(delivery.outcome).name}`,
      words: [delivery.node, delivery.user, delivery.connection].filter(Boolean).join(' · '),
      from: Math.min(before, end) - first,
      to: end - first,
      tone: delivery.outcome === 'delivered' ? 'good' : '',
    });
  }
  return { rows, length: Math.max(0, ...rows.map(({ to }) => to)) };
}

const TONES = { dead: 'bad', expired: 'bad', discarded: 'bad', parked: 'warn', committed: 'good' };

function words({ attempts, code, detail, by, outcome, position, superseded }, { path, attempts: all }) {
  return [
    outcome === 'taken' && all > 1 && `attempt ${all}`,
    outcome === 'committed' && path && `${path} path`,
    attempts > 0 && `${attempts} failed ${attempts === 1 ? 'attempt' : 'attempts'}`,
    code,
    detail,
    by && `by ${by}`,
    position && `position ${position}`,
    superseded && 'changed nothing: newer events of its entity came before it',
  ]
    .filter(Boolean)
    .join(' · ');
}

/** @param {number} micros */
export function span(micros) {
  if (micros < 1_000) {
    return `${micros} µs`;
  }
  if (micros < 10_000_000) {
    return `${Number((micros / 1_000).toPrecision(3))} ms`;
  }
  const seconds = micros / 1_000_000;
  return seconds < 120 ? `${seconds.toFixed(1)} s` : seconds < 7_200 ? `${(seconds / 60).toFixed(1)} min` : `${(seconds / 3_600).toFixed(1)} h`;
}
