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
  #go;
  #stream;
  #filter = el('input', { class: 'wide', 'data-testid': 'tail-filter', placeholder: '{"data.total": {"gt": 100}}', autocomplete: 'off', spellcheck: 'false' });
  #pause = el('button', { type: 'button', class: 'plain', 'data-testid': 'tail-pause', hidden: true });
  #words = el('p', { class: 'aside', 'data-testid': 'tail-words', role: 'status' });
  #rows;
  #tail = new Tail();
  #given = {};
  #followed;
  #subscription;
  #problem = '';
  #streams;

  element;

  constructor(context, streams, go) {
    this.#context = context;
    this.#streams = streams;
    this.#go = go;
    this.#rows = eventRows('tailed', ({ id, source }) => go({ ...this.#given, id, source }));
    const field = streams.field('tail-stream');
    this.#stream = field.querySelector('input');
    const form = el('form', { class: 'ask' }, field, el('label', { class: 'wide' }, 'Filter', this.#filter), el('button', { type: 'submit', 'data-testid': 'tail-follow' }, 'Follow'), this.#pause);
    form.addEventListener('submit', (event) => {
      event.preventDefault();
      go({ ...this.#given, stream: this.#stream.value.trim(), filter: this.#filter.value.trim() });
    });
    this.#pause.addEventListener('click', () => {
      this.#tail.paused ? this.#tail.resume() : this.#tail.pause();
      context.changed();
    });
    const scroll = el('div', { class: 'scroll', tabindex: 0, role: 'region', 'aria-label': 'Events as they happen' }, this.#rows.element);
    this.element = el('section', { 'aria-labelledby': 'tail-title' }, el('h2', { id: 'tail-title' }, 'As it happens'), form, this.#words, scroll);
    document.addEventListener('visibilitychange', this.#seen);
  }

  /** @param {{stream?: string, filter?: string}} given */
  open(given) {
    this.#given = given;
    const { stream, filter = '' } = given;
    if (this.#followed?.stream === stream && this.#followed?.filter === filter) {
      return;
    }
    this.#followed = stream === undefined ? undefined : { stream, filter };
    this.#stream.value = stream ?? this.#stream.value;
    this.#filter.value = filter;
    this.#tail = new Tail();
    this.#follow();
  }

  #seen = () => (document.hidden ? this.#end() : this.#follow());

  #end() {
    this.#subscription?.close();
    this.#subscription = undefined;
  }

  async #follow() {
    this.#end();
    this.#problem = '';
    const followed = this.#followed;
    if (followed === undefined || document.hidden) {
      return;
    }
    const { client, token, changed } = this.#context;
    const tail = this.#tail;
    try {
      const filter = filterOf('filter', followed.filter);
      this.#subscription = client.subscribe(followed.stream, {
        ...(filter ? { filter } : {}),
        slow: 'drop',
        onEvent: (message) => {
          tail.add(message);
          changed();
        },
        onLost: () => {
          this.#tail = new Tail();
          changed();
        },
        onError: ({ message }) => {
          this.#problem = message;
          changed();
        },
        onSubscribed: () => {
          this.#problem = '';
          changed();
        },
      });
      tail.past((await read(historyPath(followed.stream, filter, PAST), token())).events);
    } catch (e) {
      // The subscription says by itself why a stream can't be followed.
      this.#problem ||= e.message;
    }
    changed();
  }

  show() {
    const tail = this.#tail;
    this.#pause.hidden = this.#followed === undefined;
    say(this.#pause, tail.paused ? 'Go on' : 'Pause');
    set(this.#pause, { 'aria-pressed': String(tail.paused) });
    const came = `${count(tail.count)} since it is followed`;
    const words = {
      none: this.#streams.problem || 'Choose a stream to see its events as they happen.',
      problem: this.#problem,
      paused: `Paused; ${count(tail.missed)} more came meanwhile.`,
      live: `${came}; the latest ${count(tail.rows.length)} are here.`,
    };
    const state = this.#followed === undefined ? 'none' : this.#problem !== '' ? 'problem' : tail.paused ? 'paused' : 'live';
    say(this.#words, words[state]);
    set(this.#words, { class: state === 'problem' ? 'aside bad' : 'aside' });
    this.#rows.show(tail.rows);
  }

  close() {
    document.removeEventListener('visibilitychange', this.#seen);
    this.#end();
  }
}
