/** So much of the past is shown. */
const HISTORY = 200;

/** How long an alert may be silenced: what is shown, and the minutes. */
export const SPANS = [
  ['30 minutes', 30],
  ['2 hours', 120],
  ['8 hours', 480],
  ['1 day', 1_440],
  ['7 days', 10_080],
];

/** `breaker-open` and `kafka` as a person says it. */
export function title({ alert, about }) {
  const words = alert.replaceAll('-', ' ');
  const name = words[0].toUpperCase() + words.slice(1);
  return about === '' ? name : `${name}: ${about}`;
}

const key = ({ alert, about }) => `${alert} ${about}`;

/**
 * What is on, as the server answers: what nobody looks after first, then what somebody does, each the worst and then the oldest
 * first; what is silenced apart, with the silences of alerts that aren't on.
 *
 * @param {{alerts: object[], silences: object[]}} answer
 */
export function sorted({ alerts, silences }) {
  const rank = (alert) => (alert.acknowledged === undefined ? 0 : 2) + (alert.severity === 'error' ? 0 : 1);
  const keyed = alerts.map((alert) => ({ ...alert, key: key(alert), at: Date.parse(alert.since) }));
  const on = keyed.filter((alert) => alert.silenced === undefined);
  const silent = new Map(keyed.filter((alert) => alert.silenced !== undefined).map((alert) => [alert.key, alert]));
  return {
    on: on.sort((a, b) => rank(a) - rank(b) || a.at - b.at),
    silenced: silences.map((silence) => ({ ...silence, key: key(silence), on: silent.get(key(silence)) })),
  };
}

/** One line that says how it is. @param {string} [unknown] why who looks after what isn't known */
export function summary({ on, silenced }, unknown = undefined) {
  const open = on.filter((alert) => alert.acknowledged === undefined).length;
  const told = on.length - open;
  const parts = [
    open > 0 && `${open} ${open === 1 ? 'alert needs' : 'alerts need'} somebody`,
    told > 0 && `${told} acknowledged`,
    silenced.length > 0 && `${silenced.length} silenced`,
  ].filter(Boolean);
  const words = parts.length === 0 ? 'Nothing is wrong' : parts.join(', ');
  return `${words}${unknown === undefined ? '' : ', as far as is known'}.`;
}

/** The alerts that were, of the events that tell of them: the newest first, as many as are shown. */
export class AlertHistory {
  /** @type {{key: string, at: number, state: string, title: string, message: string}[]} */
  lines = [];

  reset() {
    this.lines = [];
  }

  /** @param {object} message as a client gets it; of another type it changes nothing */
  apply(message) {
    const { id, type, data } = message.data;
    if (type !== 'system:alert' || this.lines.some((line) => line.key === id)) {
      return;
    }
    const text = (value, otherwise) => (typeof value === 'string' ? value : otherwise);
    const line = {
      key: id,
      at: Date.parse(message.timestamp),
      state: data?.state === 'resolved' ? 'resolved' : 'raised',
      title: text(data?.title, text(data?.component, 'alert')),
      message: text(data?.message, ''),
    };
    this.lines = [line, ...this.lines].sort((a, b) => b.at - a.at).slice(0, HISTORY);
  }
}

/**
 * A section of the guide, from Markdown: paragraphs and numbered steps, of which nothing but the texts and what is code is
 * kept. A link is its text.
 *
 * @param {string} markdown
 * @returns {{step: boolean, parts: {code: boolean, text: string}[]}[]}
 */
export function guide(markdown) {
  const blocks = [];
  for (const line of markdown.split('\n')) {
    const step = /^\d+\. (.*)$/.exec(line);
    const last = blocks.at(-1);
    if (step) {
      blocks.push({ step: true, text: step[1] });
    } else if (line.trim() === '') {
      last !== undefined && (last.closed = true);
    } else if (last === undefined || last.closed) {
      blocks.push({ step: false, text: line.trim() });
    } else {
      last.text += ` ${line.trim()}`;
    }
  }
  return blocks.map(({ step, text }) => ({ step, parts: inline(text.replace(/\[([^\]]*)\]\([^)]*\)/g, '$1')) }));
}

function inline(text) {
  return text
    .replaceAll('*', '')
    .split('`')
    .map((part, i) => ({ code: i % 2 === 1, text: part }))
    .filter((part) => part.text !== '');
}
