import { read } from '../api.js';
import { el, keyed, say, set } from '../dom.js';
import { at } from '../format.js';
import { differences, verb } from '../model/changes.js';

const PAGE = 20;
/** So many changes are listed at most. */
const MOST = 200;
const UTC = { name: 'UTC', wall: (ms) => ms };

/** How an entity came to be what it is: each change, the event that made it, and what it changed. */
export class EntityHistory {
  #context;
  #given = {};
  #key;
  #round = 0;
  #changes = [];
  #next;
  #problem = '';
  #reading = false;

  #title = el('h2', { id: 'entity-title' }, 'Entity');
  #words = el('p', { class: 'note', 'data-testid': 'entity-words', role: 'status' });
  #list = el('ol', { class: 'changes' });
  #more = el('button', { type: 'button', class: 'quiet', 'data-testid': 'entity-more' }, 'Earlier changes');

  element;

  constructor(context, go) {
    this.#context = context;
    const close = el('button', { type: 'button', class: 'quiet', 'data-testid': 'entity-close' }, 'Close');
    close.addEventListener('click', () => go({ ...this.#given, kind: undefined, entity: undefined, of: undefined }));
    this.#more.addEventListener('click', () => this.#read());
    this.#list.addEventListener('click', ({ target }) => {
      const { id, source } = target.closest('button')?.dataset ?? {};
      id !== undefined && go({ ...this.#given, id, source });
    });
    this.element = el('section', { 'aria-labelledby': 'entity-title', 'data-testid': 'entity', hidden: true }, el('div', { class: 'head' }, this.#title, close), this.#words, this.#list, this.#more);
  }

  /**
   * @param {{kind?: string, entity?: string, of?: string}} given
   * @param {boolean} again whether to ask also for what is open
   */
  open(given, again) {
    this.#given = given;
    const { kind, entity } = given;
    const key = kind === undefined || entity === undefined ? undefined : JSON.stringify([kind, entity, given.of]);
    if (key === this.#key && !again) {
      return;
    }
    this.#key = key;
    this.element.hidden = key === undefined;
    this.#round++;
    this.#changes = [];
    this.#next = undefined;
    this.#problem = '';
    key !== undefined && this.#read();
  }

  async #read() {
    const round = ++this.#round;
    const { kind, entity, of: stream } = this.#given;
    const query = new URLSearchParams({ limit: String(PAGE) });
    stream && query.set('stream', stream);
    this.#next !== undefined && query.set('before', this.#next);
    this.#reading = true;
    try {
      const answer = await read(`/api/entities/${encodeURIComponent(kind)}/${encodeURIComponent(entity)}/history?${query}`, this.#context.token());
      if (round !== this.#round) {
        return;
      }
      this.#changes = [...this.#changes, ...answer.changes.map((change) => ({ key: change.version, ...change }))].slice(0, MOST);
      this.#next = answer.next;
      this.#problem = '';
    } catch (e) {
      if (round !== this.#round) {
        return;
      }
      this.#problem = e.message;
    }
    this.#reading = false;
    this.#context.changed();
  }

  show() {
    if (this.element.hidden) {
      return;
    }
    say(this.#title, `${this.#given.kind} ${this.#given.entity}`);
    const none = this.#changes.length === 0 ? 'You may see none of its changes.' : '';
    say(this.#words, this.#problem || (this.#reading && this.#changes.length === 0 ? 'Looking …' : none));
    set(this.#words, { class: this.#problem ? 'note bad' : 'note', hidden: this.#words.textContent === '' });
    keyed(this.#list, this.#changes, line, () => {});
    this.#more.hidden = this.#next === undefined || this.#changes.length >= MOST;
  }
}

/** A change never changes. */
function line(change) {
  const { version, event, by } = change;
  const head = el(
    'p',
    {},
    el('span', { class: 'name' }, `version ${version}`),
    ` ${verb(change)} by `,
    el('button', { type: 'button', class: 'quiet', 'data-id': event.id, 'data-source': event.source }, event.type),
    el('span', { class: 'aside' }, ` ${[at(Date.parse(change.at), UTC), by].filter(Boolean).join(' · ')}`),
  );
  const fields = differences(change).map(({ field, before, after }) =>
    el('div', {}, el('dt', {}, field), el('dd', {}, ...(before === undefined ? [] : [el('del', {}, before), ' ']), ...(after === undefined ? [] : [el('ins', {}, after)]))),
  );
  return el('li', { 'data-testid': 'change' }, head, el('dl', { class: 'fields' }, ...fields));
}
