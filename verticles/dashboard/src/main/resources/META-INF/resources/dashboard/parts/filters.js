import { el } from '../dom.js';
import { ordersFilter } from '../model/filter.js';

/** After the last key, in ms. */
const PAUSE = 400;

/** Which orders are looked at. What isn't never leaves the server. */
class Filters extends HTMLElement {
  #country = el('select', { id: 'country', 'data-testid': 'filter-country' }, el('option', { value: '' }, 'all countries'));
  #atLeast = el('input', {
    id: 'at-least',
    'data-testid': 'filter-at-least',
    type: 'number',
    min: 0,
    step: 'any',
    inputmode: 'decimal',
    placeholder: 'any',
  });
  #by = el(
    'select',
    { id: 'by', 'data-testid': 'chart-by' },
    el('option', { value: '' }, 'as it fits'),
    ...['day', 'week', 'month'].map((unit) => el('option', { value: unit }, `by ${unit}`)),
  );
  #customer = '';
  #whose = el('bdi', { 'data-testid': 'filter-customer' });
  #all = el('button', { type: 'button', class: 'quiet', hidden: true }, 'Show all');
  #kpis;
  #follow;
  #pause;

  connectedCallback() {
    const form = el(
      'form',
      { 'aria-label': 'Which orders' },
      el('label', { for: 'country' }, 'From'),
      this.#country,
      el('label', { for: 'at-least' }, 'at least'),
      this.#atLeast,
      el('label', { for: 'by' }, 'drawn'),
      this.#by,
      this.#whose,
      this.#all,
    );
    form.addEventListener('submit', (event) => event.preventDefault());
    this.#by.addEventListener('input', (event) => {
      event.stopPropagation();
      this.#kpis.draw('revenue', this.#by.value);
    });
    form.addEventListener('input', () => {
      clearTimeout(this.#pause);
      this.#pause = setTimeout(() => this.#choose(), PAUSE);
    });
    this.#all.addEventListener('click', () => {
      this.#country.value = this.#atLeast.value = '';
      this.of('');
    });
    this.append(form);
  }

  /**
   * @param {import('../follow.js').Follow} follow
   * @param {import('../kpis.js').Kpis} kpis
   */
  show(follow, kpis) {
    this.#follow = follow;
    this.#kpis = kpis;
    const known = new Set([...this.#country.options].map((o) => o.value));
    const fresh = [...follow.model.countries].filter((c) => !known.has(c));
    if (fresh.length > 0) {
      const chosen = this.#country.value;
      const [all, ...others] = [...this.#country.options];
      const options = [...others, ...fresh.map((c) => el('option', { value: c }, c))];
      this.#country.replaceChildren(all, ...options.sort((a, b) => a.value.localeCompare(b.value)));
      this.#country.value = chosen;
    }
  }

  /** @returns {import('../model/filter.js').Chosen} */
  get chosen() {
    return { country: this.#country.value, atLeast: this.#atLeast.valueAsNumber, customer: this.#customer };
  }

  /** Only the orders of a customer: by id, or by how a name begins; '' of all. */
  of(customer) {
    this.#customer = customer;
    this.#whose.textContent = customer === '' ? '' : `of ${customer}`;
    this.#choose();
  }

  #choose() {
    const filter = ordersFilter(this.chosen);
    this.#all.hidden = filter === undefined;
    // What is added up here is drawn as it fits.
    this.#by.disabled = filter !== undefined;
    this.dataset.filtered = filter !== undefined;
    this.#follow.only(filter);
  }
}

customElements.define('mr-filters', Filters);
