import { el, say } from '../dom.js';

/** Whose dashboard of this guild is open. */
class GuildWatchers extends HTMLElement {
  #words = el('p', { class: 'aside', 'data-testid': 'watchers' });

  connectedCallback() {
    this.append(this.#words);
  }

  /** @param {import('../model/person.js').Person} person */
  show(person) {
    const names = [...person.watchers.keys()].map((user) => person.name(user)).sort();
    say(this.#words, names.length === 0 ? 'Nobody else is watching.' : `Watching now: ${names.join(', ')}`);
  }
}

customElements.define('mr-guild-watchers', GuildWatchers);
