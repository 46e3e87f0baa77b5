import { read } from '../api.js';
import { el, say, set } from '../dom.js';
import { count } from '../format.js';
import { filterOf, historyPath } from '../model/search.js';
import { Tail } from '../model/tail.js';
import { eventRows } from './event-row.js';

const PAST = 20;

/** A stream as it happens, with a filter; still while it is paused, and not followed while the page isn't seen. */
export class EventTail {
  #context;
  #stream;
  #filter = el('input', { class: 'wide', 'data-testid': 'tail-filter', placeholder: '{"data.total": {"gt": 100}}', autocomplete: 'off', spellcheck: 'false' });
  #pause = el('button', { type: 'button', class: 'plain', 'data-testid': 'tail-pause', hidden: true });
  #words = el('p', { class: 'aside', 'data-testid': 'tail-words', role: 'status' });
  #rows;
  #tail = new Tail();
  #given = {};
  #followed;
  #subscription;
  /** Why the stream can't be followed, and why its past can't be read. */
  #problem = '';
  #pastProblem = '';
  #streams;

  element;

  /**
   * @param {(given: object) => void} go opens what is given
   * @param {(given: object) => void} follow asks for it anew, too
   */
  constructor(context, streams, go, follow) {
    this.#context = context;
    this.#streams = streams;
    this.#rows = eventRows('tailed', ({ id, source }) => go({ ...this.#given, id, source }));
    const field = streams.field('tail-stream');
    this.#stream = field.querySelector('input');
    const form = el('form', { class: 'ask' }, field, el('label', { class: 'wide' }, 'Filter', this.#filter), el('button', { type: 'submit', 'data-testid': 'tail-follow' }, 'Follow'), this.#pause);
    form.addEventListener('submit', (event) => {
      event.preventDefault();
      follow({ ...this.#given, stream: this.#stream.value.trim(), filter: this.#filter.value.trim() });
    });
    this.#pause.addEventListener('click', () => {
      this.#tail.paused ? this.#tail.resume() : this.#tail.pause();
      context.changed();
    });
    const scroll = el('div', { class: 'scroll', tabindex: 0, role: 'region', 'aria-label': 'Events as they happen' }, this.#rows.element);
    this.element = el('section', { 'aria-labelledby': 'tail-title' }, el('h2', { id: 'tail-title' }, 'As it happens'), form, this.#words, scroll);
    document.addEventListener('visibilitychange', this.#seen);
  }

  /**
   * @param {{stream?: string, filter?: string}} given
   * @param {boolean} again whether to follow anew also what is followed
   */
  open(given, again) {
    this.#given = given;
    const { stream, filter = '' } = given;
    if (this.#followed?.stream === stream && this.#followed?.filter === filter && !again) {
      return;
    }
    this.#followed = stream === undefined ? undefined : { stream, filter };
    this.#stream.value = stream ?? this.#stream.value;
    this.#filter.value = filter;
    this.#tail = new Tail();
    this.#follow();
  }

  #seen = () => {
    if (document.hidden) {
      this.#end();
    } else {
      this.#tail = this.#tail.anew();
      this.#follow();
    }
  };

  #end() {
    this.#subscription?.close();
    this.#subscription = undefined;
  }

  async #follow() {
    this.#end();
    this.#problem = '';
    this.#pastProblem = '';
    const followed = this.#followed;
    if (followed === undefined || document.hidden) {
      return;
    }
    const { client, token, changed } = this.#context;
    const tail = this.#tail;
    try {
      const filter = filterOf('filter', followed.filter);
      this.#subscription = client.subscribe(followed.stream, this.#subscribed(filter));
      const { events } = await read(historyPath(followed.stream, filter, PAST), token());
      tail === this.#tail && tail.past(events);
    } catch (e) {
      tail === this.#tail && (this.#pastProblem = e.message);
    }
    changed();
  }

  #subscribed(filter) {
    const then = (does) => (told) => {
      does(told);
      this.#context.changed();
    };
    return {
      ...(filter ? { filter } : {}),
      slow: 'drop',
      onEvent: then((message) => {
        this.#pastProblem = '';
        this.#tail.add(message);
      }),
      onReset: then(() => (this.#tail.incomplete = true)),
      onLost: then(() => (this.#tail = new Tail())),
      onError: then(({ message }) => (this.#problem = message)),
      onSubscribed: then(() => (this.#problem = '')),
    };
  }

  show() {
    const tail = this.#tail;
    this.#pause.hidden = this.#followed === undefined;
    say(this.#pause, tail.paused ? 'Go on' : 'Pause');
    set(this.#pause, { 'aria-pressed': String(tail.paused) });
    const came = `${count(tail.count)} since it is followed${tail.incomplete ? ', and others that are left out' : ''}`;
    const problem = this.#problem || this.#pastProblem;
    const words = {
      none: this.#streams.problem || 'Choose a stream to see its events as they happen.',
      problem,
      paused: `Paused; ${tail.incomplete ? 'at least ' : ''}${count(tail.missed)} more came meanwhile.`,
      live: `${came}; the latest ${count(tail.rows.length)} are here.`,
    };
    const state = this.#followed === undefined ? 'none' : problem !== '' ? 'problem' : tail.paused ? 'paused' : 'live';
    say(this.#words, words[state]);
    set(this.#words, { class: state === 'problem' ? 'aside bad' : 'aside' });
    this.#rows.show(tail.rows);
  }

  close() {
    document.removeEventListener('visibilitychange', this.#seen);
    this.#end();
  }
}
