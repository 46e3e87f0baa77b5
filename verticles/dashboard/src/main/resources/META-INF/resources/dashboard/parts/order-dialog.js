import { read } from '../api.js';
import { el, keyed, say, set } from '../dom.js';
import { at, count, money, number } from '../format.js';
import { amountOf, currencyOf } from '../model/money.js';
import { lines, Order, refusal, summary } from '../model/order.js';
import { OrderPayments } from '../model/order-payments.js';
import { text } from '../model/orders.js';
import { fields, showFields } from './fields.js';
import { Journey } from './journey.js';

/** So many lines are shown; the rest is counted. */
const SHOWN = 200;

/** One order: as it stands, its lines, its payments, what happened to it and how each event came. It stays up to date. */
class OrderDialog extends HTMLElement {
  #title = el('bdi');
  #note = el('p', { class: 'note', role: 'status', 'data-testid': 'order-note' });
  #state = fields();
  #lines = el('ol', { class: 'lines', 'data-testid': 'order-lines' });
  #more = el('p', { class: 'aside' });
  #payments = el('ol', { class: 'lines', 'data-testid': 'order-payments' });
  #paid = el('section', { hidden: true }, el('h3', {}, 'Payments'), this.#payments);
  #steps = el('ol', { class: 'steps-of', 'data-testid': 'order-history' });
  #earlier = el('p', { class: 'aside' });
  #dialog = el(
    'dialog',
    { class: 'order-dialog', 'aria-labelledby': 'order-dialog-title', 'data-testid': 'order-dialog' },
    el('form', { method: 'dialog' }, el('h2', { id: 'order-dialog-title' }, 'Order ', this.#title), el('button', { class: 'quiet' }, 'Close')),
    this.#note,
    this.#state,
    el('section', {}, el('h3', {}, 'Lines'), this.#lines, this.#more),
    this.#paid,
    el('section', {}, el('h3', {}, 'What happened'), this.#steps, this.#earlier),
  );
  #of;
  #order;
  /** How many were. */
  #opened = 0;
  #followed = [];
  #reading;
  #journeys = new Map();

  connectedCallback() {
    this.append(this.#dialog);
    this.#dialog.addEventListener('close', () => this.#leave());
  }

  /**
   * @param {object} of
   * @param {import('/client/millrace.d.ts').Millrace} of.client
   * @param {() => string | undefined | Promise<string | undefined>} of.token
   * @param {import('../model/zone.js').Zone} of.zone
   * @param {boolean} of.payments whether the reader may see them
   * @param {() => void} of.changed
   */
  begin(of) {
    this.#of = of;
  }

  /**
   * Opens an order if it is there, unless another was opened meanwhile.
   *
   * @param {string} id
   * @param {() => boolean} wanted whether it is, when the answer has come
   * @returns {Promise<boolean>} whether there is such an order; fails if that can't be said
   */
  async find(id, wanted) {
    const opened = this.#opened;
    const found = await this.#read(id);
    found !== undefined && opened === this.#opened && wanted() && this.open(id);
    return found !== undefined;
  }

  open(id) {
    this.#opened++;
    this.#leave();
    this.#order = new Order(id);
    this.#paid.hidden = !this.#of.payments;
    this.#follow('orders', this.#order);
    if (this.#of.payments) {
      this.#order.payments = new OrderPayments();
      this.#follow('payments', this.#order.payments);
    }
    this.show();
    this.#dialog.open || this.#dialog.showModal();
    this.#dialog.scrollTop = 0;
    this.#again();
  }

  #follow(stream, model) {
    const { client, changed } = this.#of;
    const order = this.#order;
    const mine = (handle) => (value) => order === this.#order && handle(value);
    const subscription = client.subscribe(stream, {
      filter: { 'data.orderId': order.id },
      after: 'beginning',
      onEvent: mine((message) => {
        model.apply(message);
        stream === 'orders' && this.#again();
        changed();
      }),
      onReset: mine(() => {
        model.reset();
        subscription.replace({ after: 'beginning' });
      }),
      onLost: mine(() => this.#dialog.close()),
      onError: mine(({ message, retryAfter }) => {
        order.problem = retryAfter > 0 ? '' : message;
        changed();
      }),
    });
    this.#followed.push(subscription);
  }

  /** Reads the order as it stands, once however many events came meanwhile, and once more if some came while it was read. */
  #again() {
    if (this.#reading !== undefined) {
      this.#reading.stale = true;
      return;
    }
    const order = this.#order;
    const reading = (this.#reading = { stale: false });
    this.#read(order.id)
      .then((found) => Object.assign(order, { state: found ?? null, problem: '' }))
      .catch((e) => (order.problem = refusal(e.status)))
      .then(() => {
        this.#reading = undefined;
        (reading.stale || order !== this.#order) && this.#order && this.#again();
        this.#of.changed();
      });
  }

  /** @returns {Promise<object | undefined>} undefined if there is none; fails if that can't be said */
  async #read(id) {
    try {
      return (await read(`/api/entities/order/${encodeURIComponent(id)}`, this.#of.token())).state;
    } catch (e) {
      if (e.status === 404) {
        return undefined;
      }
      throw e;
    }
  }

  #leave() {
    this.#followed.forEach((subscription) => subscription.close());
    this.#followed = [];
    this.#order = undefined;
    this.#journeys.clear();
  }

  /** Draws what is known now. */
  show() {
    if (this.#order === undefined) {
      return;
    }
    const { id, state, steps, left, payments, problem } = this.#order;
    const currency = currencyOf(state);
    say(this.#title, id);
    const gone = steps.length > 0 ? 'The order isn’t there any more; this is what happened to it.' : 'There is no such order.';
    say(this.#note, problem || (state === undefined ? 'Reading the order …' : state === null ? gone : ''));
    this.#note.hidden = this.#note.textContent === '';
    const total = state?.total === undefined ? {} : { total: money(amountOf(state.total), currency) };
    showFields(this.#state, { ...total, ...summary(state, this.#order) });
    const all = lines(state);
    keyed(this.#lines, all.slice(0, SHOWN), line, (element, row) => updateLine(element, row, currency));
    say(this.#more, all.length === 0 && state ? 'Its lines weren’t told.' : all.length > SHOWN ? `and ${count(all.length - SHOWN)} more` : '');
    keyed(this.#payments, payments?.all ?? [], payment, (element, row) => updatePayment(element, row, this.#of.zone, currency));
    keyed(this.#steps, steps, (step) => this.#step(step), (element, step) => this.#updateStep(element, step));
    say(this.#earlier, left > 0 ? `${count(left)} earlier events aren’t shown.` : '');
  }

  #step({ key, event }) {
    const journey = new Journey(event, this.#of);
    this.#journeys.set(key, journey);
    return el('li', { 'data-testid': 'order-step' }, el('bdi', { class: 'name' }), el('time', { class: 'aside' }), el('ul', {}), journey.element);
  }

  #updateStep(element, { key, type, at: when, superseded, changes }) {
    const [name, time, list] = element.children;
    say(name, type.replace(/^order:/, '').replaceAll('_', ' '));
    say(time, at(when, this.#of.zone));
    const words = superseded ? [{ words: 'changed nothing: something newer was known' }] : changes.map((c) => ({ ...c, words: `${c.name}: ` }));
    keyed(list, words.map((c, i) => ({ ...c, key: i })), () => el('li', {}, el('bdi'), el('del'), el('ins')), (line, c) => {
      const [field, from, to] = line.children;
      say(field, c.words);
      say(from, c.from ?? '');
      from.hidden = !c.from;
      say(to, c.to ?? '');
    });
    this.#journeys.get(key)?.show();
  }
}

function line() {
  return el('li', {}, el('bdi', { class: 'name' }), el('data', { class: 'value' }), el('span', { class: 'aside' }));
}

function updateLine(element, row, currency) {
  const [name, amount, besides] = element.children;
  say(name, row.name || '–');
  say(amount, money(row.amount, currency));
  set(amount, { value: row.amount?.toFixed(2) });
  const pieces = row.quantity === undefined || row.price === undefined ? '' : `${number(row.quantity)} × ${money(row.price, currency)}`;
  say(besides, [pieces, row.id === row.name ? '' : row.id].filter(Boolean).join(' · '));
}

function payment() {
  return el('li', {}, el('bdi', { class: 'name status' }), el('data', { class: 'value' }), el('bdi', { class: 'aside' }), el('time', { class: 'aside' }));
}

function updatePayment(element, row, zone, currency) {
  const [words, amount, by, time] = element.children;
  say(words, row.words);
  set(words, { 'data-tone': row.tone });
  say(amount, money(row.amount, row.currency || currency));
  say(by, text(row.by));
  say(time, at(row.at, zone));
}

customElements.define('mr-order-dialog', OrderDialog);
