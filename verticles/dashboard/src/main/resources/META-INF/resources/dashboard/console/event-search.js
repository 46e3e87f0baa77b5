import { read } from '../api.js';
import { el, say, set } from '../dom.js';
import { count } from '../format.js';
import { filterOf, historyPath, inUtc, ofUtc } from '../model/search.js';
import { shown } from '../model/tail.js';
import { eventRows } from './event-row.js';

const PAGE = 20;
/** So many events are listed at most. */
const MOST = 200;

/** What is asked for, what to write, and whether a stream has to be named. */
const BY = {
  id: ['Id', 'the event’s id', false],
  entity: ['Entity', 'the entity’s id', true],
  source: ['Source', 'the whole source', true],
  trace: ['Trace', 'a trace id, or a whole traceparent', true],
  filter: ['Filter', '{"data.total": {"gt": 100}}', true],
};

/** Finds events: by id at once, by source, trace or filter within one stream, newest first, as far back as one asks. */
export class EventSearch {
  #context;
  #find;
  #form;
  #rows;
  #words = el('p', { class: 'aside', 'data-testid': 'search-words', role: 'status' });
  #more = el('button', { type: 'button', class: 'quiet', 'data-testid': 'search-more', hidden: true }, 'Look further back');
  #asked;
  #events = [];
  #previous;
  #state = '';
  #problem = '';
  #round = 0;
  #given = {};

  element;

  /**
   * @param {(given: object) => void} go opens what is given
   * @param {(given: object) => void} find asks for it anew, too
   */
  constructor(context, streams, go, find) {
    this.#context = context;
    this.#find = find;
    this.#rows = eventRows('found', ({ id, source }) => go({ ...this.#given, id, source }));
    const kinds = [...new Set(context.catalog.types.filter((t) => t.see !== 'none' && t.entity).map((t) => t.entity.kind))];
    const stream = streams.field('search-stream');
    this.#form = {
      by: el('select', { 'data-testid': 'search-by' }, ...Object.entries(BY).map(([value, [title]]) => el('option', { value }, title))),
      text: el('input', { class: 'wide', 'data-testid': 'search-text', required: true, autocomplete: 'off', spellcheck: 'false' }),
      kind: el('select', { 'data-testid': 'search-kind' }, ...kinds.map((value) => el('option', { value }, value))),
      source: el('input', { 'data-testid': 'search-source', placeholder: 'any', autocomplete: 'off', spellcheck: 'false' }),
      before: el('input', { 'data-testid': 'search-before', type: 'datetime-local', step: 1 }),
      stream: stream.querySelector('input'),
    };
    const { by, text, kind, source, before } = this.#form;
    const form = el(
      'form',
      { class: 'ask', 'data-testid': 'search' },
      el('label', {}, 'Find by', by),
      el('label', { 'data-for': 'entity' }, 'Kind', kind),
      el('label', { class: 'wide', 'data-for': 'text' }, 'What', text),
      el('label', { 'data-for': 'id' }, 'Source', source),
      stream,
      el('label', { 'data-for': 'within' }, 'Before, UTC', before),
      el('button', { type: 'submit', 'data-testid': 'search-go' }, 'Find'),
    );
    by.addEventListener('change', () => this.#choose());
    form.addEventListener('submit', (event) => {
      event.preventDefault();
      this.#submit();
    });
    this.#more.addEventListener('click', () => this.#read());
    this.element = el('section', { 'aria-labelledby': 'search-title' }, el('h2', { id: 'search-title' }, 'Find'), form, this.#words, this.#rows.element, this.#more);
    set(stream, { 'data-for': 'stream' });
    this.#choose();
  }

  /** Shows the fields that this way of finding needs. */
  #choose() {
    const { by, text, stream } = this.#form;
    const [, placeholder, needsStream] = BY[by.value];
    text.placeholder = placeholder;
    stream.required = needsStream;
    const here = { id: by.value === 'id', entity: by.value === 'entity', stream: needsStream, within: needsStream && by.value !== 'entity', text: true };
    for (const label of this.element.querySelectorAll('[data-for]')) {
      label.hidden = !here[label.dataset.for];
    }
  }

  #submit() {
    const { by, text, kind, source, stream, before } = this.#form;
    const what = text.value.trim();
    const tailed = { stream: this.#given.stream, filter: this.#given.filter };
    if (by.value === 'id') {
      this.#find({ ...tailed, id: what, source: source.value.trim() });
    } else if (by.value === 'entity') {
      this.#find({ ...tailed, kind: kind.value, entity: what, of: stream.value.trim() });
    } else {
      this.#find({ ...tailed, by: by.value, what, in: stream.value.trim(), before: ofUtc(before.value) });
    }
  }

  /**
   * @param {{by?: string, what?: string, in?: string, before?: string}} given
   * @param {boolean} again whether to ask also for what is open
   */
  open(given, again) {
    this.#given = given;
    const asked = BY[given.by] === undefined ? undefined : JSON.stringify([given.by, given.what, given.in, given.before]);
    if (asked === this.#asked && !again) {
      return;
    }
    this.#asked = asked;
    this.#round++;
    this.#events = [];
    this.#previous = given.before;
    this.#state = '';
    this.#problem = '';
    if (asked !== undefined) {
      this.#form.by.value = given.by;
      this.#form.text.value = given.what ?? '';
      this.#form.stream.value = given.in ?? '';
      this.#form.before.value = inUtc(given.before);
      this.#choose();
      this.#read();
    }
  }

  async #read() {
    const round = ++this.#round;
    const { by, what = '', in: stream = '' } = this.#given;
    this.#state = 'reading';
    this.#context.changed();
    try {
      const answer = await read(historyPath(stream, filterOf(by, what), PAGE, this.#previous), this.#context.token());
      if (round !== this.#round) {
        return;
      }
      this.#events = [...this.#events, ...answer.events.map(shown).reverse()].slice(0, MOST);
      this.#previous = answer.previous;
      this.#state = answer.more ? 'not yet' : 'read';
      this.#problem = '';
    } catch (e) {
      if (round !== this.#round) {
        return;
      }
      this.#state = 'failed';
      this.#problem = e.message;
    }
    this.#context.changed();
  }

  show() {
    const found = this.#events.length;
    const so = found === 0 ? 'No event was found' : `${count(found)} ${found === 1 ? 'event' : 'events'} found, the newest first`;
    const words = {
      '': '',
      reading: 'Looking …',
      failed: this.#problem,
      'not yet': `${so}, in what was read in two seconds.`,
      read: `${so}.`,
    };
    say(this.#words, words[this.#state]);
    set(this.#words, { class: this.#state === 'failed' ? 'aside bad' : 'aside' });
    this.#more.hidden = this.#state === '' || this.#state === 'reading' || this.#previous === undefined || found >= MOST;
    this.#rows.show(this.#events);
  }
}
