import { read } from '../api.js';
import { el, keyed, say } from '../dom.js';
import { at, number } from '../format.js';
import { text } from '../model/orders.js';

/** The way of one event through Millrace, read when somebody asks for it. */
export class Journey {
  #button = el('button', { type: 'button', class: 'quiet', 'aria-expanded': 'false', 'data-testid': 'journey' }, 'Journey');
  #list = el('ol', { class: 'aside', hidden: true, 'data-testid': 'journey-stages' });
  #event;
  #of;
  #stages;
  #problem;

  element = el('div', { class: 'journey' }, this.#button, this.#list);

  /** @param {{id: string, source: string}} event */
  constructor(event, of) {
    this.#event = event;
    this.#of = of;
    this.#button.addEventListener('click', () => this.#toggle());
  }

  async #toggle() {
    this.#list.hidden = !this.#list.hidden;
    this.#button.setAttribute('aria-expanded', String(!this.#list.hidden));
    if (this.#list.hidden) {
      return;
    }
    const { id, source } = this.#event;
    try {
      const path = `/api/events/${encodeURIComponent(id)}/journey?source=${encodeURIComponent(source)}`;
      this.#stages = (await read(path, this.#of.token())).stages;
      this.#problem = undefined;
    } catch (e) {
      this.#problem = e.status === 404 ? 'Its journey isn’t kept any more.' : 'Its journey can’t be read now; open it again to try.';
    }
    this.show();
  }

  show() {
    const stages = this.#stages ?? [];
    const first = Date.parse(stages[0]?.at);
    const words = stages.map((stage, i) => {
      const after = Date.parse(stage.at) - first;
      return `${stage.stage} ${stage.outcome} ${i === 0 ? at(first, this.#of.zone) : `${number(after)} ms later`}${stage.detail ? `: ${stage.detail}` : ''}`;
    });
    const rows = (this.#problem === undefined ? words : [this.#problem]).map((what, key) => ({ key, what: text(what) }));
    keyed(this.#list, rows, () => el('li'), (line, { what }) => say(line, what));
  }
}
