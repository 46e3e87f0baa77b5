import { el, keyed, say, set } from '../dom.js';
import { fields, showFields } from './fields.js';

/** Entities of a stream as they stand, one kind at a time. */
class EntityList extends HTMLElement {
  #kinds = el('p', { class: 'buttons' });
  #list = el('ol', { class: 'lines', 'data-testid': 'entities' });
  #none = el('p', { class: 'aside' });
  #kind;

  connectedCallback() {
    const region = { class: 'scroll', tabindex: 0, role: 'region', 'aria-label': 'Entities' };
    this.append(this.#kinds, el('div', region, this.#list), this.#none);
  }

  /** @param {import('../model/stream.js').Stream} stream */
  show(stream) {
    const { kinds } = stream;
    this.#kind = kinds.includes(this.#kind) ? this.#kind : kinds[0];
    keyed(this.#kinds, kinds.map((key) => ({ key })), ({ key }) => this.#button(key, stream), (button, { key }) =>
      set(button, { 'aria-pressed': String(key === this.#kind) }),
    );
    const entities = this.#kind === undefined ? [] : stream.entities(this.#kind);
    keyed(this.#list, entities.map((e) => ({ key: `${e.kind} ${e.id}`, ...e })), line, update);
    say(this.#none, entities.length > 0 || stream.status !== 'following' ? '' : `There is no ${this.#kind} yet.`);
  }

  #button(kind, stream) {
    const button = el('button', { type: 'button', class: 'plain' }, kind);
    button.addEventListener('click', () => {
      this.#kind = kind;
      this.show(stream);
    });
    return button;
  }
}

function line() {
  return el('li', { 'data-testid': 'entity' }, el('span', { class: 'name' }), el('span', { class: 'aside' }), fields());
}

function update(element, entity) {
  const [id, version, list] = element.children;
  say(id, entity.id);
  say(version, `version ${entity.version}`);
  showFields(list, entity.state);
}

customElements.define('mr-entity-list', EntityList);
