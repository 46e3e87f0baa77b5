import { el, keyed, say } from '../dom.js';
import { ago, clock, money } from '../format.js';

/** What was done to products: new ones, new prices. */
class Shelf extends HTMLElement {
  #list = el('ol', { class: 'lines' });
  #none = el('p', { class: 'aside' });

  connectedCallback() {
    this.append(this.#list, this.#none);
  }

  /** @param {import('../model/shelf.js').Shelf} shelf */
  show(shelf) {
    keyed(this.#list, shelf.latest, line, update);
    say(this.#none, shelf.count > 0 ? '' : `No product has changed since this page was opened at ${clock(shelf.since)}.`);
  }
}

function line() {
  return el(
    'li',
    {},
    el('span', { class: 'name' }),
    el('span', { class: 'value' }),
    el('span', { class: 'aside' }),
    el('time', { class: 'aside' }),
  );
}

function update(element, product) {
  const [name, price, what, time] = element.children;
  say(name, product.name);
  const { from, to, currency } = product;
  say(price, to === undefined ? '' : `${from === undefined ? '' : `${money(from, currency)} → `}${money(to, currency)}`);
  say(what, product.what);
  say(time, ago(product.at));
}

customElements.define('mr-shelf', Shelf);
