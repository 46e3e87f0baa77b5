import { Channel } from './channel.js';

/**
 * The channels of one client: asks for them on whatever connection there is, and gives each message to the one it is for.
 * They outlive connections; the requests don't.
 */
export class Streams {
  #clock;
  #send;
  #on;
  #nextId;
  #channels = new Map();
  #requests = new Map();
  /** The server's word that it subscribed us, while whoever is interested may subscribe. */
  #begun;

  /**
   * @param {object} with_
   * @param {import('./millrace.d.ts').Clock} with_.clock
   * @param {(message: object) => boolean} with_.send whether there was a welcomed connection to send it on
   * @param {() => number} with_.nextId
   * @param {{progress(): void, begun(stream: string): void}} with_.on `begun`: the server subscribed us to a stream, which
   *     may be subscribed to now
   */
  constructor({ clock, send, nextId, on }) {
    this.#clock = clock;
    this.#send = send;
    this.#nextId = nextId;
    this.#on = on;
  }

  get size() {
    return this.#channels.size;
  }

  get caughtUp() {
    return [...this.#channels.values()].every((s) => s.caughtUp);
  }

  /** @returns {Channel | undefined} the one that the subscription is a member of now; undefined if it can't be had here */
  place(subscription, wishes) {
    const { stream } = subscription;
    const known = this.#channels.get(stream);
    if (known !== undefined) {
      return known.join(subscription, wishes) ? known : undefined;
    }
    const channel = new Channel(stream, wishes, {
      clock: this.#clock,
      ask: (c, live) => this.#request(c, live),
      forget: (c) => this.#forget(c),
      settled: () => this.#on.progress(),
    });
    channel.members.add(subscription);
    this.#channels.set(stream, channel);
    this.#begun?.stream === stream ? channel._subscribed(this.#begun) : this.#request(channel, false);
    this.#on.progress();
    return channel;
  }

  /** What came while the connection was away, once all have caught up; whether some of it is gone. */
  missed() {
    const all = [...this.#channels.values()];
    return { events: all.reduce((sum, s) => sum + s._missed, 0), lost: all.some((s) => s._lost) };
  }

  /** Nothing that came may be shown any more, of any stream. */
  lose(why) {
    [...this.#channels.values()].forEach((channel) => channel._lose(why));
  }

  connected() {
    for (const channel of this.#channels.values()) {
      this.#request(channel, false);
    }
  }

  disconnected() {
    this.#requests.clear();
    for (const channel of this.#channels.values()) {
      channel._disconnected();
    }
  }

  close() {
    [...this.#channels.values()].forEach((channel) => channel.close());
  }

  /** @returns {boolean} false for an error that is about no channel of ours */
  take(message) {
    const channel = this.#channels.get(message.stream);
    switch (message.type) {
      case 'tick':
      case 'update':
      case 'alert':
      case 'notification':
        channel?._event(message);
        return true;
      case 'removed':
        channel?._removed(message);
        return true;
      case 'position':
        channel?._position(message);
        return true;
      case 'state':
        channel?._state(message);
        return true;
      case 'gap':
        channel?._gap(message);
        return true;
      case 'subscribed':
        this.#subscribed(message, channel);
        return true;
      case 'error':
        return this.#refused(message, channel);
      default:
        return true; // a newer server may say more than we know
    }
  }

  #subscribed(message, known) {
    const asked = this.#answered(message);
    if (asked !== undefined) {
      asked._subscribed(message);
    } else if (message.auto === true && known === undefined) {
      this.#begun = message;
      this.#on.begun(message.stream);
      this.#begun = undefined;
    } else if (message.id === undefined && (message.recovered === false || message.renewed === true) && known?._open) {
      known._subscribed(message); // the stream was reset, or the connection has other rights now
    }
  }

  #refused(error, known) {
    const ended = error.id === undefined;
    const channel = this.#answered(error) ?? (ended ? known : undefined);
    if (channel === undefined) {
      return false;
    }
    channel._refused(error, ended);
    if (error.retryAfter > 0) {
      // Not if a new connection has asked for it in the meantime.
      const asked = channel._asked;
      const again = () => this.#has(channel) && channel._asked === asked && this.#request(channel, channel._open);
      this.#clock.setTimeout(again, error.retryAfter);
    }
    return true;
  }

  /** @param {boolean} live whether the server knows where it is, and it goes on meanwhile */
  #request(channel, live) {
    const id = this.#nextId();
    const earlier = channel._asked;
    this.#requests.set(id, channel);
    if (this.#send(channel._request(id, live))) {
      this.#requests.delete(earlier);
    } else {
      this.#requests.delete(id);
    }
  }

  #answered(message) {
    const channel = this.#requests.get(message.id);
    this.#requests.delete(message.id);
    return channel;
  }

  #forget(channel) {
    if (this.#has(channel)) {
      this.#channels.delete(channel.stream);
      this.#send({ type: 'unsubscribe', id: this.#nextId(), stream: channel.stream });
      this.#on.progress();
    }
  }

  #has(channel) {
    return this.#channels.get(channel.stream) === channel;
  }
}
