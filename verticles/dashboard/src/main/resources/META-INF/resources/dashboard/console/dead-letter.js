/** One dead letter: what it holds, what it would be after an edit, and what can be done about it. */
import { readText, send, undone } from '../api.js';
import { el, keyed, say, set } from '../dom.js';
import { ago } from '../format.js';
import { difference, edit, fate, inexact, members, target } from '../model/dead-letters.js';
import { address } from './address.js';
import { confirmed } from './confirm.js';

const LONG = 200;

export class DeadLetter {
  #context;
  #alone;
  #without;
  #id = null;
  #letter;
  #inexact = [];
  /** Why it can't be read, and why what was decided isn't done; empty if there is nothing to tell. */
  #unread = '';
  #problem = '';
  #mistakes = [];
  #round = 0;
  /** What was in the fields before somebody wrote in them: another reading must not take that away. */
  #filled = '';

  #facts = el('dl', { class: 'fields', 'data-testid': 'letter-facts' });
  #words = el('p', { class: 'bad', role: 'alert', 'data-testid': 'letter-problem', hidden: true });
  #mistakeList = el('ul', { class: 'bad', 'data-testid': 'edit-mistakes' });
  #data = el('textarea', { id: 'letter-data', rows: 12, spellcheck: 'false', 'data-testid': 'edit-data' });
  #expected = el('input', { id: 'letter-expected', inputmode: 'numeric', 'data-testid': 'edit-expected' });
  #expires = el('input', { id: 'letter-expires', placeholder: '2026-01-31T09:30:00Z', 'data-testid': 'edit-expires' });
  #schema = el('ul', { class: 'schema', 'data-testid': 'edit-schema' });
  #difference = el('ul', { class: 'difference', 'data-testid': 'edit-difference' });
  #save = el('button', { 'data-testid': 'save-edit' }, 'Save …');
  #editor;
  #record = el('pre', { class: 'record', tabindex: 0 });
  #redrive = el('button', { 'data-testid': 'redrive-letter' }, 'Redrive …');
  #discard = el('button', { class: 'plain', 'data-testid': 'discard-letter' }, 'Discard …');
  #restore = el('button', { 'data-testid': 'restore-letter' }, 'Restore …');
  #close = el('a', { 'data-testid': 'close-letter' }, 'Close');
  #journey = el('a', { 'data-testid': 'letter-journey' }, 'The event’s journey');
  #title = el('h2', { tabindex: -1 });

  /**
   * @param {import('./views.js').Context} context
   * @param {(act: () => Promise<string>) => void} alone does one thing at a time, says why it isn't done, and reads again
   * @param {() => string} without the address of the view without a letter
   */
  constructor(context, alone, without) {
    this.#context = context;
    this.#alone = alone;
    this.#without = without;
    this.#editor = this.#editing();
    const acts = { redrive: this.#redrive, discard: this.#discard, restore: this.#restore };
    for (const [act, button] of Object.entries(acts)) {
      button.addEventListener('click', () => this.#alone(() => this.#decide(act)));
    }
    this.section = el(
      'section',
      { 'aria-label': 'A letter', 'data-testid': 'opened-letter', hidden: true },
      this.#title,
      this.#words,
      this.#facts,
      this.#editor,
      el('details', {}, el('summary', {}, 'The record as it came, and its headers'), this.#record),
      el('div', { class: 'buttons decide' }, this.#redrive, this.#discard, this.#restore, this.#journey, this.#close),
    );
  }

  #editing() {
    const labelled = (label, field) => el('div', {}, el('label', { for: field.id }, label), field);
    const form = el(
      'form',
      { class: 'edit', 'aria-label': 'Edit' },
      el('div', {}, labelled('Data', this.#data), el('div', { class: 'pair' }, labelled('Expected version', this.#expected), labelled('Expires at', this.#expires))),
      el('div', { class: 'beside' }, el('h3', {}, 'What its type asks for'), this.#schema, el('h3', {}, 'The difference'), this.#difference, this.#mistakeList, el('div', { class: 'buttons' }, this.#save)),
    );
    form.addEventListener('input', () => {
      this.#mistakes = [];
      this.#context.changed();
    });
    form.addEventListener('submit', (event) => {
      event.preventDefault();
      this.#alone(() => this.#edit());
    });
    return form;
  }

  /** @param {string | null} id the letter's; null closes it */
  open(id) {
    if (id === this.#id) {
      return;
    }
    this.#id = id;
    this.#letter = undefined;
    this.#problem = '';
    this.#unread = '';
    this.#mistakes = [];
    this.#filled = '';
    this.section.hidden = id === null;
    this.again();
  }

  /** Reads it anew: others decide too, and a redriven event goes its way. What somebody is writing stays, unless another has edited it meanwhile. */
  again() {
    if (this.#id !== null) {
      this.#read();
    }
  }

  async #read() {
    const round = ++this.#round;
    try {
      const text = await readText(`/api/dead-letters/${encodeURIComponent(this.#id)}`, this.#context.token());
      if (round === this.#round) {
        this.#took(text);
        this.#unread = '';
      }
    } catch (e) {
      if (round === this.#round) {
        this.#unread = `It can’t be read now: ${e.message}`;
      }
    }
    this.#context.changed();
  }

  #took(text) {
    const kept = this.#filled !== '' && this.#isWritten();
    this.#letter = JSON.parse(text);
    this.#inexact = this.#letter.event === null ? [] : inexact(dataOf(text));
    const { event, revision, id } = this.#letter;
    if (event === null || this.#filled === `${id} ${revision}`) {
      return;
    }
    this.#filled = `${id} ${revision}`;
    if (kept) {
      this.#mistakes = ['Somebody else has edited it meanwhile: the difference is to theirs.'];
    } else {
      this.#data.value = JSON.stringify(event.data, null, 2);
      this.#expected.value = event.expectedVersion ?? '';
      this.#expires.value = event.expiresAt ?? '';
    }
  }

  #written() {
    return edit(this.#letter.event, { data: this.#data.value, expectedVersion: this.#expected.value, expiresAt: this.#expires.value });
  }

  /** Whether somebody has written what isn't saved. */
  #isWritten() {
    const { change, problem } = this.#written();
    return change !== undefined || problem !== '';
  }

  async #edit() {
    const letter = this.#letter;
    this.#problem = '';
    const { change } = this.#written();
    if (change === undefined) {
      return '';
    }
    const differences = el('ul', { class: 'difference' });
    showDifferences(differences, this.#differences(change));
    if (!(await confirmed('Save the edit?', [el('p', {}, 'It is what would be redriven. The record as it came is kept.'), differences], 'Save'))) {
      return '';
    }
    try {
      await send('PATCH', `/api/dead-letters/${letter.id}`, { ...change, revision: letter.revision }, this.#context.token());
    } catch (e) {
      if (!this.#shows(letter)) {
        return e.status === undefined ? undone(e) : `Letter ${letter.id} is not edited: ${e.message}`;
      }
      this.#mistakes = [e.status === undefined ? undone(e) : e.message];
      return '';
    }
    if (this.#shows(letter)) {
      this.#mistakes = [];
      this.#filled = '';
    }
    return '';
  }

  /** Whether a letter is still the opened one. */
  #shows({ id }) {
    return String(id) === this.#id;
  }

  #differences({ data, metadata = {} }) {
    const { event } = this.#letter;
    const own = ['expectedVersion', 'expiresAt'].filter((name) => name in metadata);
    return [
      ...(data === undefined ? [] : difference(event.data, data, '/data')),
      ...own.map((name) => ({ pointer: `/metadata/${name}`, before: event[name], after: metadata[name] ?? undefined })),
    ];
  }

  async #decide(act) {
    const letter = this.#letter;
    const [title, words] = {
      redrive: ['Redrive this letter?', `It goes to ${target(letter)}. That can’t be undone.`],
      discard: ['Discard this letter?', 'It is kept, and can be restored.'],
      restore: ['Restore this letter?', 'It is open again.'],
    }[act];
    if (!(await confirmed(title, words, title.split(' ')[0]))) {
      return '';
    }
    let problem = '';
    try {
      const done = await send('POST', `/api/dead-letters/${act}`, { ids: [letter.id] }, this.#context.token());
      problem = done.remaining === 0 && done.matched === 1 ? '' : 'Somebody else decides about it just now, or has decided.';
    } catch (e) {
      problem = undone(e);
    }
    if (!this.#shows(letter)) {
      return problem && `Letter ${letter.id}: ${problem}`;
    }
    this.#problem = problem;
    return '';
  }

  show() {
    const letter = this.#letter;
    const words = [this.#problem, this.#unread].filter(Boolean).join(' ');
    say(this.#words, words);
    this.#words.hidden = words === '';
    say(this.#title, `Letter ${this.#id ?? ''}`);
    set(this.#close, { href: this.#without() });
    for (const part of [...this.section.children].slice(2)) {
      part.hidden = letter === undefined;
    }
    if (letter === undefined) {
      return;
    }
    this.#showFacts(letter);
    const open = letter.state === 'dead';
    this.#redrive.hidden = this.#discard.hidden = !open;
    this.#restore.hidden = letter.state !== 'discarded';
    this.#journey.hidden = letter.eventId === null;
    set(this.#journey, { href: address('events', { id: letter.eventId ?? undefined, source: letter.source ?? undefined }) });
    this.#editor.hidden = !open || letter.event === null;
    say(this.#record, recordText(letter));
    this.#editor.hidden || this.#showEdit(letter);
  }

  #showFacts(letter) {
    const facts = [
      ['Why', letter.message],
      ['Reason', letter.reason],
      ['State', fate(letter)],
      ['Event', letter.eventId ?? 'no event could be read'],
      ['Type', letter.type],
      ['Stream', letter.stream],
      ['Source', letter.source],
      ['Died', `${ago(Date.parse(letter.diedAt))}, in the stage ${letter.stage}, after ${letter.attempts} ${letter.attempts === 1 ? 'attempt' : 'attempts'}`],
      ['Came as', letter.origin],
      ['Goes to', target(letter)],
      ['Edited', [null, 'once'][letter.revision] ?? (letter.revision > 1 ? `${letter.revision} times` : null)],
    ].filter(([, value]) => value !== null);
    keyed(
      this.#facts,
      facts.map(([key, value]) => ({ key, value })),
      () => el('div', {}, el('dt'), el('dd')),
      (pair, { key, value }) => {
        say(pair.firstChild, key);
        say(pair.lastChild, value);
      },
    );
  }

  #showEdit(letter) {
    const type = this.#context.catalog.types.find(({ name }) => name === letter.type);
    const lines = members(type?.schema);
    const rows = lines.map(({ name, rule, required }) => ({ key: name, text: `${name}: ${rule}${required ? ', required' : ''}`, required }));
    keyed(
      this.#schema,
      rows.length > 0 ? rows : [{ key: '', text: type === undefined ? 'You may not see its type; an edit is checked all the same.' : 'Any object.' }],
      () => el('li'),
      (line, { text, required }) => {
        say(line, text);
        set(line, { class: required ? 'required' : undefined });
      },
    );
    const { change, problem } = this.#written();
    showDifferences(this.#difference, change === undefined ? [] : this.#differences(change));
    const stopped = this.#inexact.length > 0 ? [`A browser can’t hold all digits of ${this.#inexact[0]}: edit it through the API.`] : problem === '' ? this.#mistakes : [problem];
    keyed(this.#mistakeList, stopped.map((text) => ({ key: text, text })), () => el('li'), (line, { text }) => say(line, text));
    this.#save.disabled = change === undefined || this.#inexact.length > 0;
  }
}

/** The text of the event in the answer's text: its numbers have the digits that came. */
function dataOf(text) {
  return text.slice(text.indexOf('"event":'), text.lastIndexOf('"record":'));
}

function showDifferences(list, differences) {
  const shown = differences.length > 0 ? differences : [{ pointer: '', words: 'Nothing is changed.' }];
  keyed(
    list,
    shown.map((each) => ({ ...each, key: each.pointer })),
    () => el('li', {}, el('code'), el('del'), el('ins')),
    (line, { pointer, before, after, words }) => {
      const [where, old, now] = line.children;
      say(where, words ?? pointer);
      say(old, before === undefined ? '' : short(before));
      say(now, after === undefined ? '' : short(after));
      old.hidden = before === undefined;
      now.hidden = after === undefined;
    },
  );
}

function short(value) {
  const text = JSON.stringify(value);
  return text.length > LONG ? `${text.slice(0, LONG)}…` : text;
}

/** Its bytes as text where they are UTF-8, and the headers before them. */
function recordText({ record, headers }) {
  const bytes = Uint8Array.from(atob(record), (c) => c.charCodeAt(0));
  const lines = headers.map(({ name, text, base64 }) => `${name}: ${text ?? `${base64} (base64)`}`);
  return [...lines, new TextDecoder().decode(bytes.slice(0, 20_000))].join('\n');
}
