import { read } from '../api.js';
import { el, keyed, say } from '../dom.js';

/** So many streams are offered; another one is written by its name. */
const OFFERED = 500;

/** The streams that the reader may follow, read once; as the choices of a field. */
export class Streams {
  names = [];
  problem = '';
  #list = el('datalist', { id: 'streams' });

  constructor(token, changed) {
    this.#read(token, changed);
  }

  async #read(token, changed) {
    try {
      this.names = (await read(`/api/streams?limit=${OFFERED}`, token())).streams.map(({ stream }) => stream);
    } catch (e) {
      this.problem = `The streams can’t be listed: ${e.message}`;
    }
    keyed(this.#list, this.names.map((key) => ({ key })), () => el('option'), (option, { key }) => say(option, key));
    changed();
  }

  /** A field for the name of one. The list of choices goes into the page once, beside the first field. */
  field(testId) {
    const input = el('input', { list: 'streams', 'data-testid': testId, autocomplete: 'off', spellcheck: 'false', required: true });
    return el('label', {}, 'Stream', input, ...(this.#list.parentElement === null ? [this.#list] : []));
  }
}
