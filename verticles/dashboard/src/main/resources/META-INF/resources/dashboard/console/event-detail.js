import { read } from '../api.js';
import { el, keyed, say, set } from '../dom.js';
import { at } from '../format.js';
import { outcomeWords, traceWords, verdict } from '../model/delivery.js';
import { waterfall as bars } from '../model/waterfall.js';
import { waterfall } from './waterfall.js';

/** Characters of an event's data that are shown. */
const LONG = 20_000;
const UTC = { name: 'UTC', wall: (ms) => ms };

/** One event: what it said, its journey as a waterfall, and who got it. */
export class EventDetail {
  #context;
  #go;
  #given = {};
  #key;
  #round = 0;
  #problem = '';
  #events = [];
  #journey;
  #delivery;
  #asked = '';

  #title = el('h2', { id: 'event-title' }, 'Event');
  #words = el('p', { class: 'note', 'data-testid': 'event-words', role: 'status' });
  #sources = el('p', { class: 'buttons', 'data-testid': 'event-sources' });
  #facts = el('dl', { class: 'fields facts', 'data-testid': 'event-facts' });
  #journeyTitle = el('h3', {}, 'Journey');
  #waterfall = waterfall();
  #data = el('pre', { 'data-testid': 'event-data', tabindex: 0 });
  #who = el('input', { 'data-testid': 'reach-who', required: true, autocomplete: 'off', spellcheck: 'false' });
  #as = el('select', { 'data-testid': 'reach-as', 'aria-label': 'Who' }, el('option', { value: 'user' }, 'User'), el('option', { value: 'connection' }, 'Connection'));
  #everyone = el('button', { type: 'button', class: 'plain', 'data-testid': 'reach-everyone' }, 'Everybody who is connected');
  #verdict = el('p', { class: 'note', 'data-testid': 'reach-words', role: 'status' });
  #reached = el('tbody');
  #nodes = el('ul', { class: 'aside', 'data-testid': 'reach-nodes' });
  #reach;

  element;

  constructor(context, go) {
    this.#context = context;
    this.#go = go;
    const ask = el('form', { class: 'ask' }, el('label', {}, 'Did it reach', this.#as), this.#who, el('button', { type: 'submit', 'data-testid': 'reach-ask' }, 'Ask'), this.#everyone);
    ask.addEventListener('submit', (event) => {
      event.preventDefault();
      this.#ask(`${this.#as.value}=${encodeURIComponent(this.#who.value.trim())}`);
    });
    this.#everyone.addEventListener('click', () => this.#ask('everyone=true'));
    const head = el('tr', {}, ...['What', 'How many', 'Who, for instance'].map((name, i) => el('th', { scope: 'col', class: i === 1 ? 'number' : undefined }, name)));
    const table = el('div', { class: 'table' }, el('table', {}, el('thead', {}, head), this.#reached));
    this.#reach = el('div', { hidden: !context.catalog.manages('connections') }, el('h3', {}, 'Who got it'), ask, this.#verdict, table, this.#nodes);
    const close = el('button', { type: 'button', class: 'quiet', 'data-testid': 'event-close' }, 'Close');
    close.addEventListener('click', () => go({ ...this.#given, id: undefined, source: undefined }));
    this.element = el(
      'section',
      { 'aria-labelledby': 'event-title', 'data-testid': 'event', hidden: true },
      el('div', { class: 'head' }, this.#title, close),
      this.#words,
      this.#sources,
      this.#facts,
      this.#journeyTitle,
      this.#waterfall.element,
      this.#reach,
      el('details', {}, el('summary', {}, 'What it said'), this.#data),
    );
    this.#sources.addEventListener('click', ({ target }) => {
      const { source } = target.closest('button')?.dataset ?? {};
      source !== undefined && go({ ...this.#given, source });
    });
    this.#facts.addEventListener('click', ({ target }) => {
      const { kind, id, stream } = target.closest('button')?.dataset ?? {};
      kind !== undefined && go({ ...this.#given, kind, entity: id, of: stream });
    });
  }

  /**
   * @param {{id?: string, source?: string}} given
   * @param {boolean} again whether to ask also for what is open
   */
  open(given, again) {
    this.#given = given;
    const { id, source } = given;
    const key = id === undefined ? undefined : JSON.stringify([id, source]);
    if (key === this.#key && !again) {
      return;
    }
    this.#key = key;
    this.element.hidden = id === undefined;
    this.#events = [];
    this.#journey = undefined;
    this.#delivery = undefined;
    this.#asked = '';
    this.#problem = '';
    id !== undefined && this.#read(id, source);
  }

  async #read(id, source) {
    const round = ++this.#round;
    const { token, changed } = this.#context;
    const path = `/api/events/${encodeURIComponent(id)}`;
    try {
      const { events } = await read(source === undefined ? path : `${path}?source=${encodeURIComponent(source)}`, token());
      const journey = events.length === 1 ? await read(`${path}/journey?source=${encodeURIComponent(events[0].source)}`, token()) : undefined;
      if (round === this.#round) {
        this.#events = events;
        this.#journey = journey;
      }
    } catch (e) {
      round === this.#round && (this.#problem = e.message);
    }
    changed();
  }

  async #ask(query) {
    const round = this.#round;
    const [{ id, source }] = this.#events;
    this.#asked = 'asking';
    this.#context.changed();
    try {
      const journey = await read(`/api/events/${encodeURIComponent(id)}/journey?source=${encodeURIComponent(source)}&${query}`, this.#context.token());
      if (round === this.#round) {
        this.#journey = journey;
        this.#delivery = deliveryOf(journey);
        this.#asked = '';
      }
    } catch (e) {
      round === this.#round && (this.#asked = e.message);
    }
    this.#context.changed();
  }

  show() {
    if (this.element.hidden) {
      return;
    }
    const [event] = this.#events;
    const several = this.#events.length > 1;
    say(this.#title, `Event ${this.#given.id}`);
    say(this.#words, this.#problem || (event === undefined ? 'Looking …' : several ? 'Several sources have an event of this id:' : ''));
    set(this.#words, { class: this.#problem ? 'note bad' : 'note', hidden: this.#words.textContent === '' });
    keyed(
      this.#sources,
      several ? this.#events.map(({ source, stream }) => ({ key: source, stream })) : [],
      ({ key }) => el('button', { type: 'button', class: 'plain', 'data-source': key }, key),
      () => {},
    );
    const one = event !== undefined && !several;
    for (const part of [...this.element.children].slice(3)) {
      part.hidden = !one || (part === this.#reach && !this.#context.catalog.manages('connections'));
    }
    one && this.#draw(event);
  }

  #draw(event) {
    const { message, entity } = event;
    const journey = this.#journey;
    const facts = [
      ['status', journey?.status ?? event.status],
      ['type', event.type],
      ['source', event.source],
      ['stream', event.stream],
      ['priority', journey?.priority],
      ['path', journey?.path],
      ['attempts', journey?.attempts],
      ['publisher', journey?.publisher],
      ['happened', message && at(Date.parse(message.timestamp), UTC)],
      ['position', message?.position],
      ['trace', message?.data.metadata?.traceparent],
    ].filter(([, value]) => value !== undefined);
    keyed(this.#facts, [...facts.map(([key, value]) => ({ key, value })), ...(entity ? [{ key: 'entity', entity }] : [])], (fact) => pair(fact, event.stream), (line, { value }) => value !== undefined && say(line.lastChild, String(value)));
    const deliveries = this.#delivery?.times ?? [];
    journey && this.#waterfall.show(bars(journey, deliveries));
    const text = message === undefined ? 'It is not committed; a dead letter shows what it said.' : JSON.stringify(message.data, null, 2);
    say(this.#data, text.length > LONG ? `${text.slice(0, LONG)} …` : text);
    this.#drawDelivery();
  }

  #drawDelivery() {
    const delivery = this.#delivery;
    const asking = this.#asked === 'asking';
    say(this.#verdict, asking ? 'Asking every node …' : this.#asked || (delivery?.words ?? ''));
    set(this.#verdict, { class: this.#asked && !asking ? 'note bad' : 'note' });
    const rows = delivery?.rows ?? [];
    this.#reached.closest('.table').hidden = rows.length === 0;
    const row = () => el('tr', { 'data-testid': 'reached' }, el('td'), el('td', { class: 'number' }), el('td', {}, el('ul')));
    keyed(this.#reached, rows, row, ({ children: [what, many, who] }, { outcome, count, examples }) => {
      const { name, why } = outcomeWords(outcome);
      say(what, `${name}: ${why}`);
      say(many, String(count));
      keyed(who.firstChild, examples.map((text) => ({ key: text })), () => el('li'), (line, { key }) => say(line, key));
    });
    keyed(this.#nodes, delivery?.nodes ?? [], () => el('li'), (line, { node, connections, trace }) => say(line, `${node}, ${connections} connected: ${traceWords(trace)}`));
  }
}

/** What an answer says of deliveries, to one or to all, as it is shown. */
function deliveryOf({ delivery, everyone, status }) {
  if (everyone !== undefined) {
    const oneNode = everyone.nodes.length === 1;
    const shown = ({ node, ...example }) => person(oneNode ? example : { node, ...example });
    return {
      words: verdict(everyone),
      rows: everyone.outcomes.map(({ outcome, count, examples }) => ({
        key: outcome,
        outcome,
        count,
        examples: [...examples.map(shown), ...(examples.length < count ? [`and ${count - examples.length} more`] : [])],
      })),
      nodes: everyone.nodes.map((node) => ({ key: node.node, ...node })),
      times: everyone.outcomes.flatMap(({ outcome, examples }) => examples.map((example) => ({ outcome, ...example }))),
    };
  }
  if (delivery === undefined || (delivery.length === 0 && status !== 'committed')) {
    return { words: 'It isn’t committed, so that nobody can have got it.', rows: [], nodes: [], times: [] };
  }
  return {
    words: delivery.length === 0 ? 'There is no such connection.' : '',
    rows: delivery.map((one, i) => ({ key: one.connection ?? i, outcome: one.outcome, count: 1, examples: [[person(one), one.at && at(Date.parse(one.at), UTC)].filter(Boolean).join(' · ')].filter(Boolean) })),
    nodes: [],
    times: delivery,
  };
}

const person = ({ user, connection, node }) => [user, connection, node].filter(Boolean).join(' · ');

function pair({ key, entity }, stream) {
  const value =
    entity === undefined
      ? el('dd')
      : el('dd', {}, el('button', { type: 'button', class: 'quiet', 'data-testid': 'event-entity', 'data-kind': entity.kind, 'data-id': entity.id, 'data-stream': stream }, `${entity.kind} ${entity.id}`));
  return el('div', {}, el('dt', {}, key), value);
}
