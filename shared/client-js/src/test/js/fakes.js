import { Millrace } from '../../main/js/millrace.js';

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

  welcome(heartbeat = 30_000, more = {}) {
    this.readyState = 1;
    this.onopen();
    this.say({ type: 'welcome', user: 'u', roles: ['staff'], heartbeat, ...more });
  }

  /** The last thing of a kind that the client said. */
  asked(type) {
    return this.sent.findLast((m) => m.type === type);
  }

  /** Agrees to the last subscription that was asked for. */
  subscribed(position, more = {}) {
    const { id, stream } = this.asked('subscribe');
    this.say({ type: 'subscribed', id, stream, position, recovered: true, ...more });
  }

  event(n, more = {}) {
    this.say({ type: 'update', stream: 'orders', position: `k1:${n}`, data: { id: `e${n}`, type: 'order:created', data: { n }, ...more } });
  }

  say(message) {
    this.onmessage?.({ data: JSON.stringify(message) });
  }

  end(code) {
    this.readyState = 3;
    this.onclose?.({ code, reason: '' });
  }
}

/** A browser with tabs: locks and channels as the standards say, and tabs that crash. */
export class FakeBrowser {
  #locks = new Map();
  #channels = new Set();

  tab() {
    const browser = this;
    // Frozen: hears nothing. Deaf: as Chromium freezes a page, hears its channel, but nothing of its locks.
    const tab = { crashed: false, frozen: false, deaf: false, id: crypto.randomUUID(), unheard: [], said: 0, held: new Set() };
    class BroadcastChannel {
      constructor(name) {
        this.name = name;
        browser.#channels.add({ channel: this, tab });
      }
      postMessage(data) {
        const copy = structuredClone(data);
        tab.said++;
        if (tab.said > 1_000) {
          throw new Error('the tabs never come to an end');
        }
        const others = [...browser.#channels].filter((c) => c.channel !== this && c.channel.name === this.name);
        for (const { channel, tab: to } of others) {
          const hear = () => !to.crashed && channel.onmessage?.({ data: copy });
          to.frozen ? to.unheard.push(hear) : queueMicrotask(hear);
        }
      }
      close() {
        this.onmessage = null;
        browser.#channels.forEach((c) => c.channel === this && browser.#channels.delete(c));
      }
    }
    const query = () => new Promise((resolve) => browser.#told(tab, () => resolve({ held: browser.#held() })));
    const locks = { query, request: (name, options, callback) => browser.#request(tab, name, options, callback) };
    const crash = () => {
      tab.crashed = true;
      [...tab.held].forEach((lock) => browser.#release(lock));
    };
    const thaw = () => {
      tab.frozen = tab.deaf = false;
      tab.unheard.splice(0).forEach((hear) => hear());
    };
    return Object.assign(tab, { thaw, navigator: { locks }, BroadcastChannel, crash });
  }

  #held() {
    return [...this.#locks].flatMap(([name, [lock]]) => (lock?.tab.held.has(lock) ? [{ name, clientId: lock.tab.id }] : []));
  }

  /** Of locks, once it is awake. */
  #told(tab, hear) {
    tab.deaf ? tab.unheard.push(hear) : queueMicrotask(hear);
  }

  #request(tab, name, { signal, steal }, callback) {
    return new Promise((resolve, reject) => {
      const lock = { tab, name, callback, resolve, reject };
      const queue = this.#locks.get(name) ?? [];
      this.#locks.set(name, queue);
      signal?.addEventListener('abort', () => {
        const at = queue.indexOf(lock);
        if (at > 0) {
          queue.splice(at, 1);
          reject(new DOMException('aborted', 'AbortError'));
        }
      });
      if (steal && queue.length > 0) {
        const [robbed] = queue.splice(0, 1, lock);
        robbed.tab.held.delete(robbed);
        this.#told(robbed.tab, () => robbed.reject(new DOMException('stolen', 'AbortError')));
        this.#grant(lock);
      } else if (queue.push(lock) === 1) {
        this.#grant(lock);
      }
    });
  }

  #grant(lock) {
    lock.tab.held.add(lock);
    this.#told(lock.tab, async () => {
      const result = lock.tab.crashed ? undefined : await lock.callback();
      lock.resolve(result);
      this.#release(lock);
    });
  }

  #release(lock) {
    const queue = this.#locks.get(lock.name);
    lock.tab.held.delete(lock);
    if (queue[0] === lock) {
      queue.shift();
      queue.length > 0 && this.#grant(queue[0]);
    }
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
