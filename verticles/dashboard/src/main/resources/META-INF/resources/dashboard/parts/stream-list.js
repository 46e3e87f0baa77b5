import { el, keyed, say, set } from '../dom.js';

/** The streams that the reader may follow; one of them is looked at. */
class StreamList extends HTMLElement {
  #list = el('p', { class: 'buttons', 'data-testid': 'streams' });
  #more = el('button', { type: 'button', class: 'quiet', hidden: true }, 'More');
  #words = el('p', { class: 'aside' });
  #choose;
  #next;

  connectedCallback() {
    this.#more.addEventListener('click', () => this.#next());
    this.append(this.#list, this.#more, this.#words);
  }

  /**
   * @param {{streams: {stream: string, see: string}[], next?: string, problem: string}} listed
   * @param {string | undefined} chosen
   * @param {(stream: string) => void} choose
   * @param {() => void} next
   */
  show(listed, chosen, choose, next) {
    this.#choose = choose;
    this.#next = next;
    const create = ({ key }) => {
      const button = el('button', { type: 'button', class: 'plain', 'data-testid': 'stream' }, key);
      button.addEventListener('click', () => this.#choose(key));
      return button;
    };
    keyed(this.#list, listed.streams.map((s) => ({ key: s.stream, ...s })), create, (button, { key, see }) =>
      set(button, { 'aria-pressed': String(key === chosen), title: see === 'part' ? 'You see a part of it.' : undefined }),
    );
    this.#more.hidden = listed.next === undefined;
    say(this.#words, listed.problem || (listed.streams.length > 0 ? '' : 'There is not a valid stream that you may follow.'));
  }
}

customElements.define('mr-stream-list', StreamList);
