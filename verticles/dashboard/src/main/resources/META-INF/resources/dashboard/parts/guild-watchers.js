import { el, say } from '../dom.js';
import { count } from '../format.js';

/** Whose dashboard of this guild is open. */
class GuildWatchers extends HTMLElement {
  #words = el('p', { class: 'aside', 'data-testid': 'watchers' });

  connectedCallback() {
    this.append(this.#words);
  }

  /** @param {import('../model/person.js').Person} person */
  show(person) {
    const all = [...person.watchers.keys()].map((user) => person.known(user));
    const names = all.filter((name) => name !== undefined).sort();
    const others = all.length - names.length;
    const words = others === 0 ? names : [...names, `${count(others)} ${names.length > 0 ? 'more' : others === 1 ? 'person' : 'people'}`];
    say(this.#words, words.length === 0 ? 'Nobody else is watching.' : `Watching now: ${words.join(', ')}`);
  }
}

customElements.define('mr-guild-watchers', GuildWatchers);
