/** What is wrong now, since when, and what to do; what operators say of it; what was. */
import { send, undone } from '../api.js';
import { el, keyed, say, set } from '../dom.js';
import { Follow } from '../follow.js';
import { ago, at } from '../format.js';
import { AlertHistory, guide, sorted, SPANS, summary, title } from '../model/alerts.js';
import { Zone } from '../model/zone.js';
import { confirmed } from './confirm.js';
import { Reading } from './reading.js';

/** The nodes tell each other as often. */
const EVERY_MS = 2_000;
const TYPE = 'system:alert';
const UTC = new Zone('UTC');

/** @type {import('./views.js').View} */
export const view = { name: 'alerts', title: 'Alerts', manage: ['cluster'], open: (root, context) => new Alerts(root, context) };

class Alerts {
  #context;
  #reading;
  /** What was read last; undefined before the first time. */
  #answer;
  #history = new AlertHistory();
  #follow;
  #summary = el('p', { class: 'summary', role: 'status', 'data-testid': 'alerts-summary' });
  #problem = el('p', { class: 'note bad', role: 'alert', hidden: true, 'data-testid': 'alerts-problem' });
  /** What came of the last act. */
  #told = el('p', { class: 'note bad', role: 'alert', hidden: true, 'data-testid': 'alerts-told' });
  #on = el('ol', { class: 'alerts', 'data-testid': 'alerts-on' });
  #silenced = el('ol', { class: 'alerts', 'data-testid': 'alerts-silenced' });
  #past = el('tbody', { 'data-testid': 'alerts-past' });
  #none = el('p', { class: 'aside', role: 'status', 'data-testid': 'alerts-none' });
  #quiet;

  constructor(root, context) {
    this.#context = context;
    this.#quiet = el('section', { hidden: true }, el('h2', {}, 'Silenced'), this.#silenced);
    root.append(
      el('section', {}, el('h2', {}, 'On now'), this.#summary, this.#problem, this.#told, this.#on),
      this.#quiet,
      el(
        'section',
        {},
        el('h2', {}, 'History'),
        this.#none,
        el(
          'div',
          { class: 'table', tabindex: 0, role: 'region', 'aria-label': 'Earlier alerts' },
          el('table', {}, el('thead', {}, el('tr', {}, ...['When', 'What', ''].map((h) => el('th', { scope: 'col' }, h)))), this.#past),
        ),
      ),
    );
    this.#reading = new Reading('/api/alerts', EVERY_MS, context.token, (answer) => {
      this.#answer = answer ?? this.#answer;
      context.changed();
    });
    const { catalog, client, token, changed } = context;
    const type = catalog.types.find((each) => each.name === TYPE && each.see !== 'none');
    if (type !== undefined) {
      this.#follow = new Follow({ client, token, stream: type.stream, model: this.#history, past: true, changed });
      this.#follow.start();
    }
  }

  show() {
    const { on, silenced } = sorted(this.#answer ?? { alerts: [], silences: [] });
    const problem = this.#reading.problem || (this.#answer?.unknown ?? '');
    say(this.#summary, this.#words({ on, silenced }));
    say(this.#problem, problem);
    this.#problem.hidden = problem === '';
    keyed(this.#on, on, () => this.#card(), (card, alert) => this.#update(card, alert));
    this.#quiet.hidden = silenced.length === 0;
    keyed(this.#silenced, silenced, () => this.#silentCard(), updateSilent);
    keyed(this.#past, this.#history.lines, pastLine, updatePast);
    say(this.#none, this.#wordsOfPast());
  }

  #words(shown) {
    const { problem, since } = this.#reading;
    if (problem !== '') {
      const then = this.#answer === undefined ? '' : ' What stands here is of then.';
      return `What is wrong is unknown since ${at(since, UTC)}.${then}`;
    }
    return this.#answer === undefined ? 'Asking the nodes …' : summary(shown, this.#answer.unknown);
  }

  #wordsOfPast() {
    if (this.#follow === undefined) {
      return `What was can’t be shown: you don’t see events of the type ${TYPE}, or no pack declares it.`;
    }
    const { status, problem } = this.#follow;
    const none = this.#history.lines.length === 0;
    return {
      loading: problem === '' ? 'Reading what was …' : `What was can’t be read now, and is tried again: ${problem}`,
      following: none ? 'No alert is kept.' : '',
      denied: `What was can’t be shown: you may not see events of the type ${TYPE} any more.`,
      failed: `What is new isn’t added here: ${problem}`,
    }[status];
  }

  close() {
    this.#reading.close();
    this.#follow?.close();
  }

  #card() {
    const acknowledge = el('button', { type: 'button', class: 'plain', 'data-testid': 'acknowledge' });
    const silence = el('button', { type: 'button', class: 'plain', 'data-testid': 'silence' }, 'Silence …');
    const card = el(
      'li',
      { 'data-testid': 'alert' },
      el('h3', {}),
      el('p', { class: 'aside', 'data-testid': 'alert-since' }),
      el('p', {}),
      el('p', { class: 'aside', 'data-testid': 'alert-by' }),
      el('details', {}, el('summary', {}, 'What to do'), el('div', { class: 'guide' })),
      el('div', { class: 'buttons' }, acknowledge, silence),
    );
    acknowledge.addEventListener('click', () => this.#acknowledge(card.alert));
    silence.addEventListener('click', () => this.#silence(card.alert));
    return card;
  }

  #update(card, alert) {
    const [name, since, message, by, details, buttons] = card.children;
    set(card, { 'data-severity': alert.severity, 'data-acknowledged': alert.acknowledged !== undefined });
    say(name, title(alert));
    say(since, `since ${at(alert.at, UTC)}, ${ago(alert.at)} · found by ${alert.nodes.join(', ')}`);
    say(message, alert.message);
    say(by, alert.acknowledged === undefined ? '' : `${alert.acknowledged.by} looks after it, ${ago(Date.parse(alert.acknowledged.at))}`);
    say(buttons.children[0], alert.acknowledged === undefined ? 'Acknowledge …' : 'Take back …');
    if (card.alert?.guide !== alert.guide) {
      details.children[1].replaceChildren(...steps(alert.guide));
    }
    card.alert = alert;
  }

  #silentCard() {
    const button = el('button', { type: 'button', class: 'plain', 'data-testid': 'unsilence' }, 'End the silence …');
    const card = el('li', { 'data-testid': 'silenced' }, el('h3', {}), el('p', { class: 'aside' }), el('p', {}), el('div', { class: 'buttons' }, button));
    button.addEventListener('click', () => this.#unsilence(card.silence));
    return card;
  }

  async #acknowledge(alert) {
    const name = title(alert);
    const mine = alert.acknowledged === undefined;
    const words = mine
      ? 'Others see that you look after it, until it is over. It is recorded.'
      : `Nobody looks after it then; ${alert.acknowledged.by} did. It is recorded.`;
    if (await confirmed(mine ? `Acknowledge “${name}”?` : `Take back the acknowledgement of “${name}”?`, words, mine ? 'Acknowledge' : 'Take back')) {
      await this.#act(mine ? 'acknowledge' : 'unacknowledge', alert);
    }
  }

  async #silence(alert) {
    const span = el('select', { 'data-testid': 'silence-span' }, ...SPANS.map(([words, minutes]) => el('option', { value: minutes }, words)));
    const reason = el('input', { type: 'text', maxlength: 500, 'data-testid': 'silence-reason' });
    const words = [
      el('p', {}, 'It raises no event until then; what is still on then is told. Here and in the metrics it is shown all the time. It is recorded.'),
      el('p', { class: 'fields' }, el('label', {}, 'For ', span), el('label', {}, 'Why ', reason)),
    ];
    if (await confirmed(`Silence “${title(alert)}”?`, words, 'Silence')) {
      const why = reason.value.trim();
      await this.#act('silence', alert, { minutes: Number(span.value), ...(why === '' ? {} : { reason: why }) });
    }
  }

  async #unsilence(silence) {
    const words = silence.on === undefined ? 'It is not on now; the next time it raises an event again.' : 'It is on, and raises its event now.';
    if (await confirmed(`End the silence of “${title(silence)}”?`, words, 'End it')) {
      await this.#act('unsilence', silence);
    }
  }

  async #act(act, { alert, about }, more = {}) {
    let problem = '';
    try {
      this.#answer = await send('POST', `/api/alerts/${act}`, { alert, about, ...more }, this.#context.token());
    } catch (e) {
      problem = undone(e);
    }
    say(this.#told, problem);
    this.#told.hidden = problem === '';
    this.#context.changed();
    this.#reading.now();
  }
}

function updateSilent(card, silence) {
  const [name, until, message] = card.children;
  card.silence = silence;
  say(name, title(silence));
  const why = typeof silence.reason === 'string' ? `: ${silence.reason}` : '';
  say(until, `until ${at(Date.parse(silence.until), UTC)}, by ${silence.by}${why}`);
  say(message, silence.on === undefined ? 'It is not on.' : `It is on, since ${ago(silence.on.at)}: ${silence.on.message}`);
}

/** The steps stand in lists, what is before and between them in paragraphs. */
function steps(markdown) {
  const shown = [];
  for (const { step, parts } of guide(markdown)) {
    const content = parts.map(({ code, text }) => (code ? el('code', {}, text) : text));
    if (!step) {
      shown.push(el('p', {}, ...content));
    } else if (shown.at(-1)?.tagName === 'OL') {
      shown.at(-1).append(el('li', {}, ...content));
    } else {
      shown.push(el('ol', {}, el('li', {}, ...content)));
    }
  }
  return shown;
}

function pastLine() {
  return el('tr', { 'data-testid': 'alert-past' }, el('td', { class: 'aside' }), el('td', {}), el('td', {}));
}

function updatePast(row, line) {
  const [when, what, message] = row.children;
  say(when, at(line.at, UTC));
  say(what, line.title);
  set(what, { class: line.state === 'raised' ? 'bad' : undefined });
  say(message, line.message);
}
