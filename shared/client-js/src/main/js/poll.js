import { Http, parameters, refusal } from './http.js';
import { BROKEN, HEARTBEAT_LOST } from './reconnect-policy.js';

/** How long a question may stay open when nothing happens, in s … */
const WAIT_S = 25;
/** … and how many may be open at once: a browser gives a page six connections to a server. */
const AT_ONCE = 4;
/** When there are more streams than that they take turns, and none may keep the others waiting; in s. */
const TURN_S = 3;
/** How much longer than it was to wait an answer may take, in s. */
const GRACE_S = 10;
const LIMIT = 500;
/** A server takes so many questions a minute; ours follow each other by this much, in ms, but for some at once. */
const PACE_MS = 700;
const BURST = 10;

/** The WebSocket's messages over long polling, for networks that let nothing stay open: a question for each stream. */
export class Poll extends Http {
  #open = 0;
  /** How many questions may be asked now, as of then. */
  #allowed = BURST;
  #allowedAt;
  #timer;

  /** From the next question on. */
  renew(token) {
    this._options.token = token;
    this._welcome(this._identity());
  }

  _follow(s) {
    this._streams.set(s.stream, { ...s, waits: true, abort: new AbortController() });
    this.#next();
  }

  _leave(stream) {
    this._streams.get(stream)?.abort.abort();
    this._streams.delete(stream);
  }

  #next() {
    const { clock } = this._options;
    this.#allowed = Math.min(BURST, this.#allowed + (clock.now() - (this.#allowedAt ?? clock.now())) / PACE_MS);
    this.#allowedAt = clock.now();
    clock.clearTimeout(this.#timer);
    for (const s of this._streams.values()) {
      if (s.waits && this.#open < AT_ONCE && this.#allowed >= 1) {
        s.waits = false;
        this.#open++;
        this.#allowed--;
        this.#ask(s);
      }
    }
    if (this.#allowed < 1 && !this._ended) {
      this.#timer = clock.setTimeout(() => this.#next(), (1 - this.#allowed) * PACE_MS);
    }
  }

  async #ask(s) {
    const { clock } = this._options;
    const wait = this._streams.size > AT_ONCE ? TURN_S : WAIT_S;
    const late = clock.setTimeout(() => this.drop(HEARTBEAT_LOST, 'no answer'), 1_000 * (wait + GRACE_S));
    try {
      const asked = { stream: s.stream, after: s.after, wait, limit: LIMIT };
      const request = { query: { ...asked, ...parameters(s.options) }, body: { ...asked, ...s.options }, abort: s.abort };
      await this._call('./poll', request, async (response) => {
        const answer = response.ok ? await response.json() : await refusal(response);
        this._on.alive();
        if (this.#follows(s)) {
          response.ok ? this.#answered(s, answer) : this.#refused(s, response.status, answer);
        }
      });
    } catch (e) {
      if (this.#follows(s)) {
        this.drop(BROKEN, String(e?.message ?? e));
      }
    } finally {
      clock.clearTimeout(late);
      this.#open--;
      this.#again(s);
    }
  }

  /** From the end of the line. */
  #again(s) {
    if (this.#follows(s)) {
      this._streams.delete(s.stream);
      this._streams.set(s.stream, s);
      s.waits = true;
    }
    this.#next();
  }

  #follows(s) {
    return this._streams.get(s.stream) === s;
  }

  #answered(s, { events = [], next, recovered = true }) {
    const { id, stream } = s;
    if (s.options.state === true && !events.some((m) => m.type === 'state')) {
      const message = 'Entities as they stand can’t be polled: they need a WebSocket or server-sent events.';
      this.#refused(s, 0, { type: 'error', code: 'unavailable', message });
      return;
    }
    if (id !== undefined || !recovered) {
      s.id = undefined;
      // What comes now may lie before `next`, unless there was nothing to come.
      const position = events.length > 0 && recovered ? undefined : next;
      this._on.message({ type: 'subscribed', id, stream, position, recovered });
    }
    for (const message of events) {
      if (!this.#follows(s)) {
        return;
      }
      this._on.message(message);
    }
    if (next !== undefined && next !== s.after && next !== events.at(-1)?.position && this.#follows(s)) {
      this._on.message({ type: 'position', stream, position: next });
    }
    s.after = next ?? s.after;
    delete s.options.state; // asked for once
  }

  #refused(s, status, error) {
    if (!this._endedBy(status, error)) {
      this._streams.delete(s.stream);
      this._on.message({ ...error, id: s.id, stream: s.stream });
    }
  }
}
