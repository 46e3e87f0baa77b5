import { FollowedStream } from './followed-stream.js';

/**
 * The streams that one client follows: asks for them on whatever connection there is, and gives each message to the one it is for.
 * They outlive connections; the requests don't.
 */
export class Streams {
  #clock;
  #send;
  #on;
  #nextId;
  #followed = new Map();
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
    return this.#followed.size;
  }

  get caughtUp() {
    return [...this.#followed.values()].every((s) => s.caughtUp);
  }

  /** @returns {FollowedStream | undefined} the one that the subscription is a member of now; undefined if it can't be had here */
  place(subscription, options) {
    const { stream } = subscription;
    const known = this.#followed.get(stream);
    if (known !== undefined) {
      return known.join(subscription, options) ? known : undefined;
    }
    const followed = new FollowedStream(stream, options, {
      clock: this.#clock,
      ask: (c, live) => this.#request(c, live),
      forget: (c) => this.#forget(c),
      settled: () => this.#on.progress(),
    });
    followed.members.add(subscription);
    this.#followed.set(stream, followed);
    this.#begun?.stream === stream ? followed._subscribed(this.#begun) : this.#request(followed, false);
    this.#on.progress();
    return followed;
  }

  /** What came while the connection was away, once all have caught up; whether some of it is gone. */
  missed() {
    const all = [...this.#followed.values()];
    return { events: all.reduce((sum, s) => sum + s._missed, 0), lost: all.some((s) => s._lost) };
  }

  /** Nothing that came may be shown any more, of any stream. */
  lose(why) {
    [...this.#followed.values()].forEach((followed) => followed._lose(why));
  }

  connected() {
    for (const followed of this.#followed.values()) {
      this.#request(followed, false);
    }
  }

  disconnected() {
    this.#requests.clear();
    for (const followed of this.#followed.values()) {
      followed._disconnected();
    }
  }

  close() {
    [...this.#followed.values()].forEach((followed) => followed.close());
  }

  /** @returns {boolean} false for an error that is about no stream of ours */
  take(message) {
    const followed = this.#followed.get(message.stream);
    switch (message.type) {
      case 'tick':
      case 'update':
      case 'alert':
      case 'notification':
        followed?._event(message);
        return true;
      case 'removed':
        followed?._removed(message);
        return true;
      case 'position':
        followed?._position(message);
        return true;
      case 'state':
        followed?._state(message);
        return true;
      case 'gap':
        followed?._gap(message);
        return true;
      case 'subscribed':
        this.#subscribed(message, followed);
        return true;
      case 'error':
        return this.#refused(message, followed);
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
    const followed = this.#answered(error) ?? (ended ? known : undefined);
    if (followed === undefined) {
      return false;
    }
    followed._refused(error, ended);
    if (error.retryAfter > 0) {
      // Not if a new connection has asked for it in the meantime.
      const asked = followed._asked;
      const again = () => this.#has(followed) && followed._asked === asked && this.#request(followed, followed._open);
      this.#clock.setTimeout(again, error.retryAfter);
    }
    return true;
  }

  /** @param {boolean} live whether the server knows where it is, and it goes on meanwhile */
  #request(followed, live) {
    const id = this.#nextId();
    const earlier = followed._asked;
    this.#requests.set(id, followed);
    if (this.#send(followed._request(id, live))) {
      this.#requests.delete(earlier);
    } else {
      this.#requests.delete(id);
    }
  }

  #answered(message) {
    const followed = this.#requests.get(message.id);
    this.#requests.delete(message.id);
    return followed;
  }

  #forget(followed) {
    if (this.#has(followed)) {
      this.#followed.delete(followed.stream);
      this.#send({ type: 'unsubscribe', id: this.#nextId(), stream: followed.stream });
      this.#on.progress();
    }
  }

  #has(followed) {
    return this.#followed.get(followed.stream) === followed;
  }
}
