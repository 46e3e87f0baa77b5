/**
 * Dead letters: what could not be committed, by what went wrong; one of them, to be edited; and what people did about them. All
 * that is asked for stands in the address.
 */
import { read, send } from '../api.js';
import { el, say } from '../dom.js';
import { count } from '../format.js';
import { criteria, filter, left, meant, query, stateOf, told } from '../model/dead-letters.js';
import { address } from './address.js';
import { confirmed } from './confirm.js';
import { LetterActs } from './dead-letter-acts.js';
import { LetterFilters } from './dead-letter-filters.js';
import { LetterGroups, LetterList } from './dead-letter-tables.js';
import { DeadLetter } from './dead-letter.js';

/** How often they are read, in ms: while nothing happens, while an act is under way, and soonest after an alert. */
const CALM = 5_000;
const BUSY = 1_500;
const SOON = 300;

const PAGE = 50;
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
  #context;
  #params;
  #page = { letters: [], counts: [], next: undefined };
  #acts = [];
  #read = false;
  #problem = '';
  #timer;
  #round = 0;
  #closed = false;
  #alerts;

  #total = el('small', { 'data-testid': 'letters-total' });
  #words = el('p', { class: 'bad', role: 'alert', 'data-testid': 'letters-problem', hidden: true });
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
  #letter;
  #done = new LetterActs((act) => this.#stop(act), (act) => this.#undo(act));

  constructor(root, context) {
    this.#context = context;
    this.#letter = new DeadLetter(context, () => this.#again(), () => this.#to({ letter: null }));
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
      ),
      this.#letter.section,
      el('section', { 'aria-label': 'Letters' }, el('h2', {}, 'Letters'), this.#list.element, this.#more),
      this.#done.element,
    );
    for (const [act, button] of Object.entries(this.#buttons)) {
      button.addEventListener('click', () => this.#decideAll(act));
    }
    this.#more.addEventListener('click', () => this.#readMore());
    document.addEventListener('visibilitychange', this.#seen);
    this.#listen();
    this.params(context.params);
  }

  /** A letter's death is an alert, if the packs have those: then the counts are read at once. */
  #listen() {
    const type = this.#context.catalog.types.find(({ name, see }) => name === 'system:alert' && see === 'all');
    if (type !== undefined) {
      this.#alerts = this.#context.client.subscribe(type.stream, { filter: { type: 'system:alert' } });
      this.#alerts.on('event', ({ data }) => data?.data?.deadLetter !== undefined && this.#soon(SOON));
      this.#alerts.on('error', () => {}); // without alerts the counts are read at their own pace
    }
  }

  #seen = () => document.hidden || this.#soon(0);

  #soon(wait) {
    clearTimeout(this.#timer);
    this.#timer = document.hidden || this.#closed ? undefined : setTimeout(() => this.#again(), wait);
  }

  params(params) {
    this.#params = params;
    this.#page = { ...this.#page, letters: [], next: undefined };
    this.#letter.open(params.get('letter'));
    this.#filters.fill(params);
    this.#again();
  }

  close() {
    this.#closed = true;
    clearTimeout(this.#timer);
    this.#alerts?.unsubscribe();
    document.removeEventListener('visibilitychange', this.#seen);
  }

  #filtered(given) {
    location.hash = this.#to({ ...given, letter: null });
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

  async #again() {
    clearTimeout(this.#timer);
    const round = ++this.#round;
    const { token, changed } = this.#context;
    try {
      const [page, { acts }] = await Promise.all([
        read(`/api/dead-letters?counts=fingerprint&${this.#asked()}`, token()),
        read(`/api/dead-letters/acts?limit=${ACTS}`, token()),
      ]);
      if (round !== this.#round) {
        return;
      }
      this.#page = this.#with(page);
      this.#acts = acts;
      this.#read && this.#letter.again();
      this.#read = true;
      this.#problem = '';
    } catch (e) {
      if (round !== this.#round) {
        return;
      }
      this.#problem = `They can’t be read now: ${e.message}`;
    }
    this.#soon(this.#acts.some(({ state }) => state === 'running') ? BUSY : CALM);
    changed();
  }

  /** Pages that were asked for stay; what is new comes before them. */
  #with(page) {
    const last = page.letters.at(-1)?.id ?? 0;
    const older = this.#page.letters.filter(({ id }) => id < last);
    return { ...page, letters: [...page.letters, ...older], next: older.length > 0 ? this.#page.next : page.next };
  }

  async #readMore() {
    const round = this.#round;
    try {
      const page = await read(`/api/dead-letters?${this.#asked()}&after=${this.#page.next}`, this.#context.token());
      if (round === this.#round) {
        this.#page = { ...this.#page, letters: [...this.#page.letters, ...page.letters], next: page.next };
      }
    } catch (e) {
      this.#problem = `No more can be read now: ${e.message}`;
    }
    this.#context.changed();
  }

  async #decideAll(act) {
    if (this.#pace.reportValidity()) {
      const asked = filter(criteria(this.#params));
      // Nobody means all letters by an empty filter: it is said by the time until now.
      const body = { filter: asked ?? { to: new Date().toISOString() } };
      await this.#decide(act, body, asked === undefined ? 'All that there are.' : `Those of ${meant(asked)}.`);
    }
  }

  async #undo(act) {
    await this.#decide('restore', { filter: { act: act.id } }, `What act ${act.id} discarded, and nobody decided about since.`);
  }

  /** Counts what an act would be about, asks, and begins it. */
  async #decide(act, body, which) {
    const { token, changed } = this.#context;
    const pace = this.#pace.valueAsNumber || PACE;
    let problem = '';
    try {
      const { matched } = await send('POST', `/api/dead-letters/${act}`, { ...body, dryRun: true }, token());
      const title = `${TITLES[act]} ${count(matched)} ${matched === 1 ? 'letter' : 'letters'}`;
      const time = matched > pace ? ` It takes about ${left(matched / pace)}, and can be stopped.` : '';
      if (matched === 0) {
        problem = 'There is no letter left that it would be about.';
      } else if (await confirmed(`${title}?`, `${which} ${MEANS[act]}${time}`, TITLES[act])) {
        await send('POST', `/api/dead-letters/${act}`, { ...body, pace }, token());
      }
    } catch (e) {
      problem = `Not done: ${e.message}`;
    }
    await this.#again();
    this.#problem ||= problem;
    changed();
  }

  async #stop(act) {
    if (await confirmed('Stop it?', `${told(act, count)} so far. What is done stays done; the rest is left as it is.`, 'Stop')) {
      const stopped = send('POST', `/api/dead-letters/acts/${act.id}/stop`, undefined, this.#context.token());
      const problem = await stopped.then(() => '', (e) => `Not stopped: ${e.message}`);
      await this.#again();
      this.#problem ||= problem;
      this.#context.changed();
    }
  }

  show() {
    const { letters, counts, periods, next } = this.#page;
    const state = stateOf(this.#params);
    const all = counts.reduce((sum, group) => sum + group.letters, 0);
    const least = counts.length === MOST_GROUPS ? 'at least ' : '';
    say(this.#total, this.#read ? `${least}${count(all)} ${state ?? 'in any state'}` : '');
    say(this.#words, this.#problem);
    this.#words.hidden = this.#problem === '';
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
    this.#more.hidden = next === undefined;
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
