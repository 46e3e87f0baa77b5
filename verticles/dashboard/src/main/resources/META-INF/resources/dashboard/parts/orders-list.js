import { el, keyed, say, set } from '../dom.js';
import { ago, money } from '../format.js';

/** More new rows than this in one painting and the page is a torrent: then nothing is lit up. */
const CALM = 4;

/** The colour follows the meaning; the word says it. */
const GOOD = /^(paid|completed?|delivered|shipped|fulfilled|confirmed)$/i;
const BAD = /^(cancel|refund|return|fail|reject|delete|decline)/i;

/** Orders as they come. One that is clicked opens: an event `open-order` whose `detail` is its id. */
class OrdersList extends HTMLElement {
  #list = el('ol', { 'data-testid': 'orders-list', 'data-received': 0, 'data-repeats': 0 });
  #none = el('p', { class: 'aside' }, 'The next order appears here.');
  #newest;

  connectedCallback() {
    // A region that scrolls has to be reachable for those who scroll with keys.
    const region = { class: 'scroll', tabindex: 0, role: 'region', 'aria-label': 'Latest orders' };
    this.append(el('div', region, this.#list), this.#none);
    this.#list.addEventListener('click', ({ target }) => {
      const button = target.closest('.order')?.querySelector('button');
      if (button?.value) {
        button.focus(); // where the reader is again when it is closed
        this.dispatchEvent(new CustomEvent('open-order', { bubbles: true, detail: button.value }));
      }
    });
  }

  /** @param {import('../follow.js').Follow} follow */
  show(follow) {
    const { rows } = follow.model;
    const fresh = rows.findIndex((row) => row.key === this.#newest);
    const lit = this.#newest !== undefined && fresh > 0 && fresh <= CALM;
    set(this.#list, {
      'data-received': follow.received,
      'data-repeats': follow.repeats,
      'data-complete': follow.complete,
    });
    keyed(this.#list, rows, (row) => create(lit && !row.past), (element, row) => update(element, row, follow.model.zone));
    this.#newest = rows[0]?.key;
    this.#none.hidden = rows.length > 0;
  }
}

function create(lit) {
  return el(
    'li',
    { class: lit ? 'order lit' : 'order', 'data-testid': 'order-row' },
    el('button', { type: 'button', class: 'quiet id', 'data-testid': 'open-order' }),
    el('data', { class: 'total' }),
    el('span', { class: 'who' }, el('bdi'), el('span')),
    el('bdi', { class: 'status' }),
    el('time'),
  );
}

function update(element, row, zone) {
  const [id, total, who, status, time] = element.children;
  set(element, { 'data-position': row.position });
  say(id, row.id || '–');
  set(id, { value: row.id, disabled: row.id === '' });
  say(total, money(row.total, row.currency));
  set(total, { value: row.total });
  say(who.firstChild, row.who);
  say(who.lastChild, row.who && row.where ? ` · ${row.where}` : row.where);
  say(status, row.status);
  set(status, { 'data-tone': GOOD.test(row.status) ? 'good' : BAD.test(row.status) ? 'bad' : 'open' });
  say(time, ago(row.at, zone));
  if (Number.isFinite(row.at)) {
    set(time, { datetime: new Date(row.at).toISOString() });
  }
}

customElements.define('mr-orders-list', OrdersList);
