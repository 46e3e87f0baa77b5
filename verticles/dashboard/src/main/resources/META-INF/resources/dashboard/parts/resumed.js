import { el, say } from '../dom.js';
import { count } from '../format.js';

/** How long it stays to be read, in ms. */
const STAYS = 60_000;

/** What happened while the laptop slept: continued where it was, or honestly loaded anew. */
class Resumed extends HTMLElement {
  #words = el('p', { 'data-testid': 'resumed', role: 'status' });
  #timer;

  connectedCallback() {
    const close = el('button', { type: 'button', class: 'quiet' }, 'OK');
    close.addEventListener('click', () => this.#say(''));
    this.append(this.#words, close);
    this.#say('');
  }

  show({ resumed }) {
    if (resumed !== undefined) {
      this.#say(words(resumed));
      clearTimeout(this.#timer);
      this.#timer = setTimeout(() => this.#say(''), STAYS);
    }
  }

  #say(text) {
    say(this.#words, text);
    this.hidden = text === '';
  }
}

function words({ events, lost }) {
  if (lost) {
    return 'reloaded: more happened while you were away than is kept';
  }
  const what = events === 0 ? 'nothing happened' : `${count(events)} ${events === 1 ? 'event' : 'events'}`;
  return `resumed: ${what} while you were away`;
}

customElements.define('mr-resumed', Resumed);
