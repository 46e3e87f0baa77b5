import { text } from './orders.js';

/** Of what isn't an entity, the latest. */
const ALERTS = 5;
/** Whoever types says so every few seconds; this long after the last time they don't any more, in ms. */
const TYPING = 6_000;

/** One person in front of a guild's dashboard: what they may see of it, and what they were told they may not. */
export class Person {
  #client;
  #changed;
  #now;
  #subscription;
  #typing = new Map();

  guild;
  status = 'loading';
  problem = '';
  alerts = [];
  watchers = new Map();
  /** What came of the last thing they did. */
  said = '';
  /** Events since the page was opened or the guild chosen. */
  events = 0;

  /**
   * @param {import('/client/millrace.d.ts').Millrace} client
   * @param {() => void} changed
   * @param {() => number} now ms
   */
  constructor(client, changed, now = Date.now) {
    this.#client = client;
    this.#changed = changed;
    this.#now = now;
  }

  /** Loads the guild as it stands and follows it from there. */
  follow(guild) {
    this.#subscription?.close();
    Object.assign(this, { guild, status: 'loading', problem: '', alerts: [], watchers: new Map(), events: 0 });
    this.#subscription = this.#client.subscribe(`guild:${guild}`, {
      state: true,
      delta: true,
      onLoad: () => this.#set('following'),
      onReset: () => this.#set('loading'),
      onLost: (why) => this.#lost(why),
      onEvent: (message) => this.#event(message),
      onError: (error) => error.retryAfter > 0 || this.#set('denied', error.message),
    });
    this.#changed();
  }

  /** @returns {object[]} the states of one kind of entities, the newest id first */
  all(kind) {
    const found = [...(this.#subscription?.entities ?? [])].filter((e) => e.kind === kind);
    return found.sort((a, b) => newest(a.id, b.id)).map(({ id, state }) => ({ key: id, ...state }));
  }

  /** @returns {string | undefined} what a member is called */
  known(userId) {
    const member = this.all('member').find((m) => m.userId === userId);
    return text(member?.name) || undefined;
  }

  /** What somebody is called; whoever isn't known by a name is somebody, not a number. */
  name(userId) {
    return this.known(userId) ?? 'somebody';
  }

  typing() {
    return [...this.#typing].filter(([, at]) => this.#now() - at < TYPING).map(([userId]) => this.name(userId));
  }

  async rollCall() {
    const present = await this.#client.presence(`guild:${this.guild}`).catch(() => undefined);
    if (present !== undefined) {
      this.watchers = new Map(present.users.map((p) => [p.user, p]));
      this.#changed();
    }
  }

  /** Publishes; the answer, in words, is what was said. */
  async say(type, data) {
    this.said = this.#client.transport === undefined ? 'Kept until the connection is back.' : 'Sent …';
    this.#changed();
    try {
      const { status } = await this.#client.publish({ type, data: { guildId: this.guild, ...data } });
      this.said = `${type}: ${status}`;
    } catch (e) {
      this.said = `${e.code}: ${e.message}`;
    }
    this.#changed();
  }

  /** What is shown may not be seen any more. */
  #lost({ code, message }) {
    Object.assign(this, { alerts: [], watchers: new Map(), events: 0 });
    this.#typing.clear();
    code === 'signed_out' ? this.#set('denied', message) : this.#changed();
  }

  #event(message) {
    const { type, data } = message.data;
    this.events++;
    if (message.superseded === true) {
      return; // something newer was known already
    }
    if (type === 'typing:started') {
      this.#typing.set(text(data.userId), this.#now());
    } else if (type === 'message:created') {
      this.#typing.delete(text(message.data.state?.userId));
    } else if (type === 'viewer:joined') {
      this.watchers.set(text(data.userId), { user: text(data.userId), connections: 1 });
    } else if (type === 'viewer:left') {
      this.watchers.delete(text(data.userId));
    } else if (type === 'security:raid') {
      this.#alert(message, `${text(data.joins)} accounts joined within a minute`);
    }
    this.#changed();
  }

  /** Follows the alerts of Millrace itself, like that of a job that failed for good. */
  followAlerts(stream) {
    this.#client.subscribe(stream, {
      onEvent: (message) => {
        const { type, data } = message.data;
        type === 'system:alert' && this.#alert(message, text(data.message));
        this.#changed();
      },
    });
  }

  #alert(message, words) {
    const alert = { key: message.data.id, words, at: Date.parse(message.timestamp) };
    this.alerts = [alert, ...this.alerts].slice(0, ALERTS);
  }

  #set(status, problem = '') {
    this.status = status;
    this.problem = problem;
    this.#changed();
  }
}

/** Ids are numbers too long for one (Discord's "snowflakes" begin with the time). */
const newest = (a, b) => b.length - a.length || (a < b ? 1 : a > b ? -1 : 0);
