import { read } from '../api.js';
import { el, say } from '../dom.js';
import { count } from '../format.js';
import { exportOrders } from '../model/orders-export.js';

/** The orders that are looked at, as a file for a spreadsheet. */
class Export extends HTMLElement {
  #button = el('button', { type: 'button', class: 'plain', 'data-testid': 'export' }, 'Export as CSV');
  #stop = el('button', { type: 'button', class: 'quiet', hidden: true, 'data-testid': 'export-stop' }, 'Stop');
  #words = el('span', { role: 'status', 'data-testid': 'export-progress' });
  #running;

  connectedCallback() {
    this.append(this.#button, this.#words, this.#stop);
    this.#stop.addEventListener('click', () => this.#running?.abort());
  }

  /**
   * @param {() => string | undefined | Promise<string | undefined>} token
   * @param {() => import('../model/filter.js').Chosen} chosen
   */
  begin(token, chosen) {
    this.#button.addEventListener('click', () => this.#export(token, chosen()));
  }

  async #export(token, chosen) {
    this.#running = new AbortController();
    const { signal } = this.#running;
    this.#busy(true);
    say(this.#words, 'Reading the orders …');
    try {
      const progress = (events, orders) => say(this.#words, `${count(orders)} orders in ${count(events)} events so far …`);
      const done = await exportOrders({ read: (path) => read(path, token()), chosen, progress, signal });
      if (done === undefined) {
        say(this.#words, 'Stopped; nothing was saved.');
      } else {
        save(new Blob(done.parts, { type: 'text/csv;charset=utf-8' }), `orders-${new Date().toISOString().slice(0, 10)}.csv`);
        const more = done.cut ? '; there are more than fit into one file, so choose fewer' : '';
        say(this.#words, `${count(done.orders)} ${done.orders === 1 ? 'order' : 'orders'} saved${more}.`);
      }
    } catch (e) {
      say(this.#words, e.status === 401 || e.status === 403 ? 'You may not read the orders any more.' : 'The orders can’t be read now; nothing was saved.');
    }
    this.#busy(false);
  }

  #busy(busy) {
    this.#button.disabled = busy;
    this.#stop.hidden = !busy;
  }
}

function save(blob, name) {
  const link = el('a', { href: URL.createObjectURL(blob), download: name });
  link.click();
  // The browser has begun to read it by then.
  setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
}

customElements.define('mr-export', Export);
