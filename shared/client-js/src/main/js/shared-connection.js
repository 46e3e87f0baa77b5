import { claims, digest } from './environment.js';
import { TabLeader } from './tab-leader.js';
import { Tokens } from './tokens.js';

/** A tab in front looks so often whether anything comes to the leader, and gives it so long to show it, in ms. */
const LOOK_MS = 15_000;
const ANSWER_WITHIN_MS = 6_000;
/** States in which a leader rests, and nothing is to come. */
const FINAL = new Set(['signed out', 'closed']);
/** How much later than it said a leader may try again before it is reminded, in ms. */
const REMIND_MS = 1_000;

/**
 * One connection for all tabs of a browser that are open for the same person: a lock elects the leader, whose
 * {@link TabLeader} has the connection; a channel carries the messages. When the leader's tab closes the lock goes to the next,
 * every tab asks the new leader for its streams from where it was, and nobody misses anything.
 *
 * A browser freezes the timers and sockets of a tab that nobody looks at, while its channel still answers. So what proves a
 * leader is that something came from the server when it was asked to look: one to which nothing comes is robbed of the lock
 * by a tab in front. Who leads is told by terms, a number that each new leader raises over all that it has heard of; no clock.
 *
 * It has {@link Connection}'s face. What can't be shared (another filter on the same stream, an older position) makes the tab
 * leave: `alone` is called, and it gets a connection of its own.
 */
export class SharedConnection {
  static possible({ tabs = globalThis, share }) {
    const page = globalThis.document !== undefined || share === true;
    return page && tabs.navigator?.locks !== undefined && tabs.BroadcastChannel !== undefined && crypto.subtle !== undefined;
  }

  #options;
  #at;
  #on;
  #alone;
  #tabs;
  #clock;
  #tab = crypto.randomUUID();
  #name;
  #channel;
  #tabLeader;
  #leader;
  /** The highest term that we have heard of, and the one in which we lead. */
  #term = 0;
  #leads;
  /** The highest term of another that leads as well; whether we are asking who holds the lock. */
  #bid = 0;
  #asking = false;
  /** Which of the leader's connections it is; undefined if there is none. */
  #up;
  #closed = false;
  #quit = new AbortController();
  #look;
  #reminder;
  /** Whether the leader said that it stays as it is. */
  #rests = false;

  /**
   * @param {import('./millrace.d.ts').Options & {clock: import('./millrace.d.ts').Clock}} options
   * @param {ReturnType<typeof import('./environment.js').addresses>} at
   * @param {object} on as {@link Connection}'s
   * @param {() => void} alone
   */
  constructor(options, at, on, alone) {
    this.#options = options;
    this.#at = at;
    this.#on = on;
    this.#alone = alone;
    this.#tabs = options.tabs ?? globalThis;
    this.#clock = options.clock;
  }

  connect() {
    if (this.#name === undefined) {
      this.#name = '';
      this.#join();
    } else {
      this.#tell({ type: '$connect' });
      this.#lookNow();
    }
  }

  send(message) {
    if (this.#up !== undefined) {
      this.#tell(message);
    }
    return this.#up !== undefined;
  }

  close() {
    if (!this.#closed) {
      this.#closed = true;
      this.#clock.clearTimeout(this.#look);
      this.#clock.clearTimeout(this.#reminder);
      this.#tell({ type: '$bye' });
      this.#tabLeader?.close();
      this.#quit.abort();
      this.#channel?.close();
    }
  }

  async #join() {
    this.#on.state({ name: 'connecting', text: 'connecting' });
    try {
      this.#name = `millrace ${await digest(JSON.stringify([this.#at.socket, await this.#who()]))}`;
    } catch (e) {
      this.#on.fault(e);
      this.#alone();
      return;
    }
    if (this.#closed) {
      return;
    }
    this.#channel = new this.#tabs.BroadcastChannel(this.#name);
    this.#channel.onmessage = ({ data }) => this.#hear(data);
    // Held as long as this tab is there: how the leader learns that it isn't any more.
    this.#lock(`${this.#name} ${this.#tab}`, {}, () => {});
    this.#stand();
    this.#tell({ type: '$hello' });
    this.#lookNow();
  }

  /** Whom the connection is for: another person's tab must not get its messages. */
  async #who() {
    const token = await new Tokens(this.#options.token, this.#clock).get();
    if (token === undefined) {
      return 'public';
    }
    const { exp, iat, nbf, jti, ...lasting } = claims(token) ?? { token };
    return Object.entries(lasting).sort();
  }

  /** Waits to be the leader. */
  #stand(how = {}) {
    this.#lock(this.#name, how, () => this.#lead());
  }

  /** Holds a lock until we close or it is taken from us. */
  async #lock(name, how, held) {
    // A lock that is stolen can't be given up as well, so there a signal isn't allowed.
    const options = how.steal ? how : { ...how, signal: this.#quit.signal };
    try {
      await this.#tabs.navigator.locks.request(name, options, () => {
        if (!this.#closed) {
          held();
          return new Promise((release) => this.#quit.signal.addEventListener('abort', release));
        }
      });
    } catch {
      if (!this.#closed && name === this.#name) {
        this.#stepDown();
      }
    }
  }

  #lead() {
    if (this.#tabLeader !== undefined) {
      return;
    }
    this.#leads = ++this.#term;
    const post = (to, messages) => {
      const said = { from: this.#tab, term: this.#leads, to, messages };
      this.#channel.postMessage(said);
      this.#hear(said); // a channel doesn't hear itself
    };
    const gone = (tab, then) =>
      this.#tabs.navigator.locks.request(`${this.#name} ${tab}`, { signal: this.#quit.signal }, then).catch(() => {});
    this.#tabLeader = new TabLeader({ options: this.#options, at: this.#at, post, gone, fault: (e) => this.#on.fault(e) });
    this.#listenTo(this.#tab);
  }

  /** Another tab thought that we were dead, and leads now. */
  #stepDown() {
    this.#tabLeader?.close();
    this.#tabLeader = undefined;
    this.#stand();
    this.#listenTo(undefined);
  }

  #tell(message) {
    if (this.#tabLeader !== undefined) {
      this.#tabLeader.take(this.#tab, message);
    } else {
      this.#channel?.postMessage({ tab: this.#tab, message });
    }
  }

  #hear({ tab, message, from, term, to, messages }) {
    if (this.#closed) {
      return;
    }
    if (tab !== undefined) {
      this.#tabLeader?.take(tab, message);
    } else if (from === undefined) {
      to === this.#tab && this.#outbid(term);
    } else if (from !== this.#tab && this.#tabLeader !== undefined) {
      this.#outbid(term);
    } else if (from !== this.#leader && term <= this.#term && from !== this.#tab) {
      // It was robbed and doesn't know it yet; or it has just come and doesn't know how far the terms are.
      this.#channel.postMessage({ to: from, term: this.#term });
    } else {
      this.#term = Math.max(term, this.#term);
      from !== this.#leader && this.#listenTo(from);
      if (to === undefined || to === this.#tab) {
        messages.forEach((m) => from === this.#leader && !this.#closed && this.#take(m));
      }
    }
  }

  /**
   * Another leads as well, or is believed to: whoever holds the lock has the last word. A frozen tab that was robbed of it
   * isn't told before it wakes, but hears the others; neither is it told who holds the lock.
   */
  async #outbid(term) {
    this.#bid = Math.max(term, this.#bid);
    if (this.#asking || this.#tabLeader === undefined || this.#bid < this.#leads) {
      return;
    }
    this.#asking = true;
    const holds = await this.#holds();
    this.#asking = false;
    if (holds && this.#tabLeader !== undefined && this.#bid >= this.#leads) {
      this.#leads = this.#term = Math.max(this.#bid, this.#term) + 1;
      this.#tabLeader.announce();
    }
  }

  async #holds() {
    try {
      const { held } = await this.#tabs.navigator.locks.query();
      const holder = (name) => held.find((lock) => lock.name === name)?.clientId;
      const here = holder(`${this.#name} ${this.#tab}`);
      return here !== undefined && here === holder(this.#name);
    } catch {
      return false;
    }
  }

  /** What the leader before had promised is void. */
  #listenTo(leader) {
    this.#leader = leader;
    this.#down();
    this.#tell({ type: '$hello' });
  }

  #take(message) {
    if (message.type === '$up') {
      if (this.#up === message.nth) {
        return; // said to all, and to us who had just asked
      }
      this.#down();
      this.#up = message.nth;
      this.#on.up(message.welcome, message.transport);
    } else if (message.type === '$identity') {
      this.#on.identity(message.welcome);
    } else if (message.type === '$down') {
      this.#down();
    } else if (message.type === '$state') {
      if (message.known && this.#up !== undefined) {
        return; // said to all again: what was before the connection that we know
      }
      this.#on.state(message.state);
      this.#hurry(message.state);
      this.#rests = FINAL.has(message.state.name);
      if (!message.known) {
        this.#lookLater(); // it does something
      }
    } else if (message.type === '$here') {
      this.#lookLater();
    } else if (message.type === '$alone') {
      this.#alone();
    } else {
      this.#on.message(message);
    }
  }

  #down() {
    if (this.#up !== undefined) {
      this.#up = undefined;
      this.#on.down();
    }
  }

  /** A browser lets the timers of a tab that nobody looks at wait for a minute: one in front reminds the leader. */
  #hurry({ name, retryIn }) {
    this.#clock.clearTimeout(this.#reminder);
    if (name === 'offline' && this.#tabLeader === undefined && !hidden()) {
      this.#reminder = this.#clock.setTimeout(() => this.#tell({ type: '$connect' }), retryIn + REMIND_MS);
    }
  }

  /** Does anything come to the leader? A frozen tab holds its lock and does nothing. */
  #lookLater() {
    this.#clock.clearTimeout(this.#look);
    this.#look = this.#clock.setTimeout(() => this.#lookNow(), LOOK_MS);
  }

  #lookNow() {
    if (this.#tabLeader !== undefined || this.#rests || hidden()) {
      this.#lookLater();
    } else {
      this.#clock.clearTimeout(this.#look);
      this.#look = this.#clock.setTimeout(() => this.#takeOver(), ANSWER_WITHIN_MS);
      this.#tell({ type: '$there' });
    }
  }

  #takeOver() {
    this.#stand({ steal: true });
    this.#lookLater();
  }
}

const hidden = () => globalThis.document?.hidden === true;
