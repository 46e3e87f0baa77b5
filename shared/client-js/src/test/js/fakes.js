import { Millrace } from '../../main/resources/META-INF/resources/client/millrace.js';

/** Time that passes when the test says so. */
export class FakeClock {
  #now = 0;
  #timers = new Map();
  #next = 1;

  now() {
    return this.#now;
  }

  wall() {
    return Date.UTC(2026, 0, 31, 9, 30) + this.#now;
  }

  setTimeout(run, ms) {
    this.#timers.set(this.#next, { at: this.#now + ms, run });
    return this.#next++;
  }

  clearTimeout(id) {
    this.#timers.delete(id);
  }

  /** Runs what falls due, in order, and what the answers to it set going. */
  async advance(ms) {
    const end = this.#now + ms;
    for (;;) {
      await settle();
      const due = [...this.#timers].filter(([, t]) => t.at <= end).sort(([, a], [, b]) => a.at - b.at)[0];
      if (due === undefined) {
        break;
      }
      this.#timers.delete(due[0]);
      this.#now = Math.max(this.#now, due[1].at);
      due[1].run();
    }
    this.#now = end;
  }
}

/** A socket whose other side is the test. */
export class FakeSocket {
  static all = [];
  static get last() {
    return FakeSocket.all.at(-1);
  }

  readyState = 0;
  sent = [];

  constructor(url) {
    this.url = url;
    FakeSocket.all.push(this);
  }

  send(text) {
    this.sent.push(JSON.parse(text));
  }

  close() {
    this.readyState = 3;
  }

  welcome(heartbeat = 30_000) {
    this.readyState = 1;
    this.onopen();
    this.say({ type: 'welcome', user: 'u', roles: ['staff'], heartbeat });
  }

  say(message) {
    this.onmessage?.({ data: JSON.stringify(message) });
  }

  end(code) {
    this.readyState = 3;
    this.onclose?.({ code, reason: '' });
  }
}

/** Lets promises that are ready run; no timer of the real clock is involved. */
export const settle = () => new Promise((turn) => setImmediate(turn));

export function fakeWorld(options = {}) {
  FakeSocket.all = [];
  const clock = new FakeClock();
  const states = [];
  const client = new Millrace({
    url: 'http://shop.test/api/ws',
    WebSocket: FakeSocket,
    clock,
    fetch: () => Promise.reject(new Error('nothing answers')),
    random: () => 1,
    onState: (s) => states.push(s.text),
    ...options,
  });
  return { clock, client, states };
}
