import { el, keyed, say, set } from '../dom.js';
import { ago, money } from '../format.js';

const WORDS = { pending: 'pending', won: 'won', lost: 'lost', cancelled: 'cancelled' };
const TITLES = ['Placed', 'Customer', 'Match', 'Bet', 'Stake', 'State', 'Payout'];

/** Wagers as they are placed and what becomes of each, the newest first. */
class WagerList extends HTMLElement {
  #body = el('tbody', { 'data-testid': 'wagers' });
  #none = el('p', { class: 'aside' });
  #table = el(
    'table',
    {},
    el('caption', { class: 'unseen' }, 'Wagers, the newest first'),
    el('thead', {}, el('tr', {}, ...TITLES.map((title) => el('th', { scope: 'col' }, title)))),
    this.#body,
  );

  connectedCallback() {
    this.append(el('div', { class: 'scroll', tabindex: 0, role: 'region', 'aria-label': 'Wagers' }, this.#table), this.#none);
  }

  /** @param {import('../model/betting.js').Books} books */
  show(books) {
    const { wagers } = books;
    keyed(this.#body, wagers, line, (row, wager) => update(row, wager, books));
    this.#table.hidden = wagers.length === 0;
    say(this.#none, wagers.length === 0 ? 'No wager has been placed yet.' : '');
  }
}

function line(wager) {
  const cells = ['time', 'who', 'event', 'bet', 'stake', 'status', 'payout'].map((name) => el('td', { class: name }));
  cells[0].append(el('time'));
  cells[3].append(el('span'), ' ', el('span', { class: 'odds' }));
  return el('tr', { class: wager.past ? undefined : 'lit', 'data-testid': 'wager' }, ...cells);
}

function update(row, wager, books) {
  const [time, who, event, bet, stake, status, payout] = row.children;
  say(time.firstChild, wager.placed === undefined ? '–' : ago(wager.placed));
  say(who, books.name(wager.who));
  say(event, wager.event);
  say(bet.firstChild, wager.selection);
  say(bet.lastChild, wager.odds === undefined ? '' : `@ ${wager.odds.toFixed(2)}`);
  say(stake, money(wager.amount, ''));
  say(status, wager.action === 'modified' ? 'pending, changed' : (WORDS[wager.status] ?? wager.status));
  set(status, { 'data-status': wager.status });
  say(payout, wager.status === 'won' ? money(wager.payout, '') : '');
}

customElements.define('mr-wager-list', WagerList);
