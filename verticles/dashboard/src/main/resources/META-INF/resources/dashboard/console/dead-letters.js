/**
 * Dead letters: what could not be committed, by what went wrong; one of them, to be edited; and what people did about them. All
 * that is asked for stands in the address.
 */
import { read, send, undone } from '../api.js';
import { el, say, set } from '../dom.js';
import { count } from '../format.js';
import { criteria, filter, left, meant, query, stateOf, told } from '../model/dead-letters.js';
import { address } from './address.js';
import { confirmed } from './confirm.js';
import { LetterActs } from './dead-letter-acts.js';
import { LetterFilters } from './dead-letter-filters.js';
import { LetterGroups, LetterList } from './dead-letter-tables.js';
import { DeadLetter } from './dead-letter.js';
import { Reading } from './reading.js';

/** How often they are read, in ms: while nothing happens, while an act is under way, and soonest after an alert. */
const CALM = 5_000;
const BUSY = 1_500;
const SOON = 300;

const PAGE = 50;
/** Whoever looks for older ones says until when. */
const MOST_LETTERS = 500;
const ACTS = 20;
const PACE = 100;
/** The API counts so many groups, the largest. */
const MOST_GROUPS = 100;

const TITLES = { redrive: 'Redrive', discard: 'Discard', restore: 'Restore' };

const MEANS = {
  redrive: 'Each goes the whole way again under its own id, to what failed and nowhere else; what took effect already is a repeat. It can’t be undone.',
  discard: 'They are kept, and can be restored.',
  restore: 'They are open again.',
};

export const view = {
  name: 'dead-letters',
  title: 'Dead letters',
  manage: ['dead-letters'],
  open: (root, context) => new DeadLetters(root, context),
};

class DeadLetters {
  #root;
  #context;
  #params;
  #page = { letters: [], counts: [], next: undefined };
  /** How many letters were asked for, page by page. */
  #wanted = PAGE;
  #acts = [];
  #read = false;
  #reading;
  /** What came of the last act; empty if it is done. */
  #said = '';
  /** Whether somebody is asked, or something is done: one act at a time. */
  #acting = false;
  #soon;
  #alerts;

  #total = el('small', { 'data-testid': 'letters-total' });
  #words = el('p', { class: 'bad', role: 'alert', 'data-testid': 'letters-problem', hidden: true });
  #outcome = el('p', { class: 'bad', role: 'alert', 'data-testid': 'letters-outcome', hidden: true });
  #filters = new LetterFilters((given) => this.#filtered(given));
  #chosen = el('p', { class: 'aside' });
  #groups = new LetterGroups();
  #noGroups = el('p', { class: 'aside', 'data-testid': 'no-letters' });
  #pace = el('input', { id: 'letters-pace', type: 'number', min: 1, max: 10_000, value: PACE, 'data-testid': 'pace' });
  #buttons = {
    redrive: el('button', { 'data-testid': 'redrive-all' }),
    discard: el('button', { class: 'plain', 'data-testid': 'discard-all' }),
    restore: el('button', { 'data-testid': 'restore-all' }),
  };
  #list = new LetterList();
  #more = el('button', { class: 'quiet', 'data-testid': 'more-letters' }, 'More');
  #rest = el('p', { class: 'aside' }, `These are the newest ${count(MOST_LETTERS)}. “Until” shows older ones.`);
  #letter;
  #done = new LetterActs((act) => this.#stop(act), (act) => this.#undo(act));

  constructor(root, context) {
    this.#root = root;
    this.#context = context;
    this.#params = context.params;
    this.#letter = new DeadLetter(context, (act) => this.#alone(act), () => this.#to({ letter: null }));
    const pace = [el('label', { for: 'letters-pace' }, 'at most'), this.#pace, el('span', { class: 'aside' }, 'a second')];
    root.append(
      el(
        'section',
        { 'aria-label': 'By failure' },
        el('h2', {}, 'By failure ', this.#total),
        this.#words,
        this.#filters.element,
        this.#chosen,
        this.#groups.element,
        this.#noGroups,
        el('div', { class: 'buttons decide' }, ...Object.values(this.#buttons), ...pace),
        this.#outcome,
      ),
      this.#letter.section,
      el('section', { 'aria-label': 'Letters' }, el('h2', {}, 'Letters'), this.#list.element, this.#more, this.#rest),
      this.#done.element,
    );
    for (const [act, button] of Object.entries(this.#buttons)) {
      button.addEventListener('click', () => this.#decideAll(act));
    }
    this.#more.addEventListener('click', () => {
      this.#wanted = Math.min(this.#wanted + PAGE, MOST_LETTERS);
      this.#reading.now();
    });
    this.#listen();
    this.#open();
    this.#reading = new Reading((token, within) => this.#ask(token, within), CALM, context.token, (answer) => this.#take(answer));
  }

  /** A letter's death is an alert, if the packs have those: then the counts are read at once. */
  #listen() {
    const type = this.#context.catalog.types.find(({ name, see }) => name === 'system:alert' && see === 'all');
    if (type !== undefined) {
      this.#alerts = this.#context.client.subscribe(type.stream, { filter: { type: 'system:alert' } });
      this.#alerts.on('event', ({ data }) => data?.data?.deadLetter !== undefined && this.#died());
      this.#alerts.on('error', () => {}); // without alerts the counts are read at their own pace
    }
  }

  /** Many die at once: they are read together, and not while a reading fails. */
  #died() {
    this.#soon ??= setTimeout(() => {
      this.#soon = undefined;
      this.#reading.problem === '' && !document.hidden && this.#reading.now();
    }, SOON);
  }

  params(params) {
    const before = this.#asked();
    this.#params = params;
    this.#open();
    if (this.#asked() !== before) {
      this.#page = { ...this.#page, letters: [], next: undefined };
      this.#wanted = PAGE;
      this.#reading.now();
    }
  }

  #open() {
    this.#letter.open(this.#params.get('letter'));
    this.#filters.fill(this.#params);
  }

  close() {
    this.#reading.close();
    this.#alerts?.unsubscribe();
  }

  /** The opened letter stays, and with it what somebody is writing. */
  #filtered(given) {
    location.hash = this.#to(given);
  }

  /** The address of this view with some parameters otherwise; null leaves one out. */
  #to(changed) {
    const all = { ...Object.fromEntries(this.#params), ...changed };
    const given = Object.entries(all).filter(([name, value]) => value !== null && !(name === 'state' && value === 'dead'));
    return address('dead-letters', Object.fromEntries(given));
  }

  #asked() {
    return query(criteria(this.#params), stateOf(this.#params), { limit: PAGE });
  }

  /** Letters and acts are read together: a letter isn't gone before it is told what became of it. */
  async #ask(token, within) {
    const [page, { acts }] = await Promise.all([this.#pages(token, within), read(`/api/dead-letters/acts?limit=${ACTS}`, token, within)]);
    return { page, acts };
  }

  async #pages(token, within) {
    const asked = this.#asked();
    const first = await read(`/api/dead-letters?counts=fingerprint&${asked}`, token, within);
    let { letters, next } = first;
    while (next !== undefined && letters.length < this.#wanted) {
      const page = await read(`/api/dead-letters?${asked}&after=${next}`, token, within);
      letters = [...letters, ...page.letters];
      next = page.next;
    }
    return { ...first, letters, next };
  }

  #take(answer) {
    if (answer !== undefined) {
      this.#page = answer.page;
      this.#acts = answer.acts;
      this.#read && this.#letter.again();
      this.#read = true;
      this.#reading.every = this.#acts.some(({ state }) => state === 'running') ? BUSY : CALM;
    }
    this.#context.changed();
  }

  /**
   * Does one thing, if nothing else is being asked or done: two clicks are one act.
   *
   * @param {() => Promise<string>} act the words are why it isn't done; empty if it is, or was not confirmed
   */
  async #alone(act) {
    if (this.#acting) {
      return;
    }
    this.#acting = true;
    this.#said = '';
    this.#context.changed();
    try {
      this.#said = await act();
    } catch (e) {
      this.#said = undone(e);
    }
    this.#acting = false;
    this.#reading.now();
    this.#context.changed();
  }

  #decideAll(act) {
    if (this.#pace.reportValidity()) {
      const asked = criteria(this.#params);
      const which = Object.keys(asked).length === 0 ? 'All that there are.' : `Those of ${meant(asked)}.`;
      this.#decide(act, { filter: filter(asked) }, which);
    }
  }

  #undo(act) {
    this.#decide('restore', { filter: { act: act.id } }, `What act ${act.id} discarded, and nobody decided about since.`);
  }

  /** Counts what an act would be about, asks, and begins it. */
  #decide(act, body, which) {
    const { token } = this.#context;
    const pace = this.#pace.valueAsNumber || PACE;
    const { hash } = location;
    return this.#alone(async () => {
      let matched;
      try {
        ({ matched } = await send('POST', `/api/dead-letters/${act}`, { ...body, dryRun: true }, token()));
      } catch (e) {
        return `Not done, since the letters can’t be counted: ${e.message}`;
      }
      if (matched === 0) {
        return 'There is no letter left that it would be about.';
      }
      const title = `${TITLES[act]} ${count(matched)} ${matched === 1 ? 'letter' : 'letters'}`;
      const time = matched > pace ? ` It takes about ${left(matched / pace)}, and can be stopped.` : '';
      // Whoever has gone elsewhere meanwhile isn't asked there.
      if (location.hash === hash && (await confirmed(`${title}?`, `${which} ${MEANS[act]}${time}`, TITLES[act]))) {
        await send('POST', `/api/dead-letters/${act}`, { ...body, pace }, token());
      }
      return '';
    });
  }

  #stop(act) {
    return this.#alone(async () => {
      if (await confirmed('Stop it?', `${told(act, count)} so far. What is done stays done; the rest is left as it is.`, 'Stop')) {
        await send('POST', `/api/dead-letters/acts/${act.id}/stop`, undefined, this.#context.token());
      }
      return '';
    });
  }

  show() {
    const { letters, counts, periods, next } = this.#page;
    const state = stateOf(this.#params);
    const all = counts.reduce((sum, group) => sum + group.letters, 0);
    const least = counts.length === MOST_GROUPS ? 'at least ' : '';
    say(this.#total, this.#read ? `${least}${count(all)} ${state ?? 'in any state'}` : '');
    set(this.#root, { 'aria-busy': this.#acting ? 'true' : undefined });
    const { problem } = this.#reading;
    say(this.#words, problem && `They can’t be read now: ${problem}`);
    this.#words.hidden = problem === '';
    say(this.#outcome, this.#said);
    this.#outcome.hidden = this.#said === '';
    this.#showChosen();
    this.#groups.show(counts, periods, ({ fingerprint, newest }) => this.#to({ fingerprint, letter: newest }));
    say(this.#noGroups, this.#read && counts.length === 0 ? 'There is none.' : '');
    for (const [act, button] of Object.entries(this.#buttons)) {
      button.hidden = state !== (act === 'restore' ? 'discarded' : 'dead');
      say(button, `${TITLES[act]} ${count(all)} …`);
    }
    this.#pace.parentElement.hidden = all === 0 || (state !== 'dead' && state !== 'discarded');
    this.#list.show(letters, this.#params.get('letter'), ({ id }) => this.#to({ letter: id }));
    this.#list.element.parentElement.hidden = letters.length === 0;
    this.#more.hidden = next === undefined || letters.length >= MOST_LETTERS;
    this.#rest.hidden = next === undefined || letters.length < MOST_LETTERS;
    this.#done.show(this.#acts);
    this.#letter.show();
  }

  /** What the address says that no field shows. */
  #showChosen() {
    const chosen = ['fingerprint', 'act'].filter((name) => this.#params.get(name));
    this.#chosen.hidden = chosen.length === 0;
    if (this.#chosen.dataset.shown !== location.hash) {
      this.#chosen.dataset.shown = location.hash;
      const without = Object.fromEntries([...chosen, 'letter'].map((name) => [name, null]));
      this.#chosen.replaceChildren(
        `Of ${chosen.map((name) => `${name} ${this.#params.get(name)}`).join(', ')} only. `,
        el('a', { href: this.#to(without), 'data-testid': 'all-groups' }, 'Show all'),
      );
    }
  }
}
