/** How long a connection may take from the first packet to `welcome`, in ms. */
const WELCOME_WITHIN_MS = 10_000;
/** How long after a ping was due something has to have arrived, in ms. */
const GRACE_MS = 5_000;
const HEARTBEAT_MS = 30_000;

/** The code we report when we gave a connection up ourselves: the one the server uses for the same finding. */
export const HEARTBEAT_LOST = 4408;

/**
 * One WebSocket from its opening to its end: says who we are, waits for `welcome`, takes frames apart into messages,
 * and notices when the other side has gone silent. It never comes back by itself; that is {@link Millrace}'s decision.
 *
 * Its end is reported exactly once, whichever side found it first.
 */
export class Connection {
  #socket;
  #clock;
  #on;
  #heartbeat = HEARTBEAT_MS;
  #lastArrival;
  #silence;
  #ping;
  #ended = false;
  welcomed = false;

  /**
   * @param {object} with_
   * @param {typeof WebSocket} with_.WebSocket
   * @param {string} with_.url
   * @param {string | undefined} with_.token
   * @param {import('./millrace.d.ts').Clock} with_.clock
   * @param {{welcome(message: object): void, message(message: object): void, end(code: number, reason: string): void}} with_.on
   */
  constructor({ WebSocket, url, token, clock, on }) {
    this.#clock = clock;
    this.#on = on;
    this.#lastArrival = clock.now();
    this.#socket = new WebSocket(url);
    // The token goes in the first message and nowhere else: a URL ends up in logs. Without a token the message is
    // sent all the same, so that the server needn't wait to learn that nobody will sign in.
    this.#socket.onopen = () => this.send(token === undefined ? { type: 'auth' } : { type: 'auth', token });
    this.#socket.onmessage = (event) => this.#frame(event.data);
    this.#socket.onclose = (event) => this.#end(event.code, event.reason);
    this.#socket.onerror = () => {}; // always followed by a close, which is what we act on
    this.#watch(WELCOME_WITHIN_MS, WELCOME_WITHIN_MS, 'no welcome');
  }

  /** @param {object} message */
  send(message) {
    if (!this.#ended && this.#socket.readyState === 1) {
      this.#socket.send(JSON.stringify(message));
    }
  }

  /**
   * Lets go at once. A peer that is gone never answers a closing handshake, so we don't wait for one.
   * @param {number} code as reported to `on.end`
   */
  drop(code, reason = '') {
    this.#end(code, reason);
  }

  #frame(data) {
    this.#lastArrival = this.#clock.now();
    for (const line of String(data).split('\n')) {
      if (this.#ended) {
        return;
      }
      if (line.trim() !== '') {
        this.#line(line);
      }
    }
  }

  #line(line) {
    let message;
    try {
      message = JSON.parse(line);
    } catch {
      // Going on would leave a hole that nobody sees; coming back resumes before it.
      this.drop(1006, 'a message that is not JSON');
      return;
    }
    if (message?.type === 'welcome') {
      this.#welcome(message);
    } else if (message?.type !== 'pong') {
      this.#on.message(message);
    }
  }

  #welcome(message) {
    if (this.welcomed) {
      return;
    }
    this.welcomed = true;
    if (message.heartbeat > 0) {
      this.#heartbeat = message.heartbeat;
    }
    const allowedMs = this.#heartbeat + GRACE_MS;
    this.#clock.clearTimeout(this.#silence);
    this.#watch(allowedMs, allowedMs, 'nothing was heard');
    this.#pingLater();
    this.#on.welcome(message);
  }

  /** Asks for a sign of life each heartbeat, so that a quiet stream isn't mistaken for a dead connection. */
  #pingLater() {
    this.#ping = this.#clock.setTimeout(() => {
      this.send({ type: 'ping' });
      this.#pingLater();
    }, this.#heartbeat);
  }

  /** Ends the connection when nothing at all has come for too long. Re-armed when it fires, not at each arrival. */
  #watch(withinMs, allowedMs, verdict) {
    this.#silence = this.#clock.setTimeout(() => {
      const left = allowedMs - (this.#clock.now() - this.#lastArrival);
      if (left <= 0) {
        this.drop(HEARTBEAT_LOST, verdict);
      } else {
        this.#watch(left, allowedMs, verdict);
      }
    }, withinMs);
  }

  #end(code, reason) {
    if (this.#ended) {
      return;
    }
    this.#ended = true;
    this.#clock.clearTimeout(this.#silence);
    this.#clock.clearTimeout(this.#ping);
    const socket = this.#socket;
    socket.onopen = socket.onmessage = socket.onclose = null;
    if (socket.readyState < 2) {
      try {
        socket.close(1000);
      } catch {
        // it was never open
      }
    }
    this.#on.end(code, reason);
  }
}
