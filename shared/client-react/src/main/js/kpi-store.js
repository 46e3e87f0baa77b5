import { asError, Store } from './store.js';

export const UNKNOWN = Object.freeze({ value: undefined, change: undefined, data: undefined, status: 'waiting', error: undefined });

/**
 * A KPI: as the API has it, and then as its stream `kpi:{name}` tells it. It is read once the stream is followed, so that nothing
 * happens in between; what the stream has told since is newer than the reading.
 */
export class KpiStore extends Store {
  #session;
  #name;
  #told = 0;

  /**
   * @param {import('./session.js').Session} session
   * @param {string} name
   * @param {() => void} ended
   */
  constructor(session, name, ended) {
    super(UNKNOWN, ended);
    this.#session = session;
    this.#name = name;
  }

  _begin() {
    const subscription = this.#session.client
      .subscribe(`kpi:${this.#name}`)
      .on('subscribed', () => this.#followed())
      .on('reset', () => this.#followed())
      .on('event', ({ data: { data } }) => this.#tell(data))
      .on('lost', () => this.#lose())
      .on('error', (error) => error.retryAfter > 0 || this.#refused(error));
    subscription.open && this.#followed();
    return () => subscription.unsubscribe();
  }

  #followed() {
    this._change({ status: 'live', error: undefined });
    this.#read();
  }

  /** Where it can't be followed it may still be read. */
  #refused(error) {
    this._change({ status: 'refused', error });
    this.#read();
  }

  async #read() {
    const before = this.#told;
    try {
      const { kpis } = await this.#session.read('kpis');
      const data = kpis.find(({ name }) => name === this.#name);
      if (data === undefined) {
        this.#fail({ code: 'not_found', message: `There is no KPI "${this.#name}" that you may read.` });
      } else if (before === this.#told) {
        this.#show(data);
      }
    } catch (refusal) {
      this.#fail(refusal);
    }
  }

  #tell(data) {
    this.#told++;
    this.#show(data);
  }

  #show(data) {
    const { value, change } = data;
    this._change({ value, change, data });
  }

  #fail(problem) {
    this.snapshot.status === 'refused' || this._change({ error: asError(problem) });
  }

  #lose() {
    this.#told++;
    this._change(UNKNOWN);
  }
}
