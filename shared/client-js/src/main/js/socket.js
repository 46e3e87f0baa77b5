import { Acknowledgements } from './acknowledgements.js';
import { MessageReader, subprotocols } from './message-formats.js';
import { BROKEN, HEARTBEAT_LOST, HEARTBEAT_MS, WELCOME_WITHIN_MS } from './reconnect-policy.js';
import { Heartbeat } from './heartbeat.js';

/**
 * One WebSocket from its opening to its end: says who we are, waits for `welcome`, takes frames apart into messages,
 * and notices when the other side has gone silent. It never comes back by itself; that is {@link Connection}'s decision.
 *
 * Its end is reported exactly once, whichever side found it first. The other transports (`sse.js`, `poll.js`) have the
 * same face and speak the same messages.
 */
export class Socket {
  #socket;
  #on;
  #heartbeatCheck;
  #acknowledgements;
  #reader = new MessageReader();
  #ended = false;
  welcomed = false;

  /** @param {import('./connection.js').TransportOptions} options */
  constructor({ WebSocket, at, token, format, clock, on }) {
    this.#on = on;
    this.#heartbeatCheck = new Heartbeat(
      clock,
      () => this.send({ type: 'ping' }),
      (verdict) => this.drop(HEARTBEAT_LOST, verdict),
    );
    this.#acknowledgements = new Acknowledgements(clock, (message) => this.send(message));
    const offered = subprotocols(format);
    this.#socket = offered === undefined ? new WebSocket(at.socket) : new WebSocket(at.socket, offered);
    this.#socket.binaryType = 'arraybuffer';
    // The token goes in the first message and nowhere else: a URL ends up in logs. Without a token the message is
    // sent all the same, so that the server needn't wait to learn that nobody will sign in.
    this.#socket.onopen = () => this.renew(token);
    this.#socket.onmessage = (event) => this.#frame(event.data);
    this.#socket.onclose = (event) => this.#end(event.code, event.reason);
    // Followed by a close, which is what we act on; only Node 20 leaves it out where there was no connection at all.
    this.#socket.onerror = () => clock.setTimeout(() => this.#end(BROKEN, 'no connection'), 0);
    this.#heartbeatCheck.expect(WELCOME_WITHIN_MS, 'no welcome');
  }

  /** Whether it never came to a `welcome`: then something on the way may not let it through. */
  get blocked() {
    return !this.welcomed;
  }

  /**
   * @param {object} message
   * @param {string} [text] the same
   */
  send(message, text = JSON.stringify(message)) {
    if (!this.#ended && this.#socket.readyState === 1) {
      this.#socket.send(text);
    }
  }

  /** Another token for the same person; answered by another `welcome`. */
  renew(token) {
    this.send(token === undefined ? { type: 'auth' } : { type: 'auth', token });
  }

  /** Makes sure now that the other side is there. */
  check() {
    this.#heartbeatCheck.check();
  }

  /**
   * Lets go at once. A peer that is gone never answers a closing handshake, so we don't wait for one.
   * @param {number} code as reported to `on.end`
   */
  drop(code, reason = '') {
    this.#end(code, reason);
  }

  #frame(data) {
    this.#heartbeatCheck.heard();
    this.#on.alive();
    const messages = this.#reader.read(data);
    while (!this.#ended) {
      let next;
      try {
        next = messages.next();
      } catch {
        // Going on would leave a hole that nobody sees; coming back resumes before it.
        this.drop(1006, "a message that can't be read");
        return;
      }
      if (next.done) {
        return;
      }
      this.#message(next.value);
    }
  }

  #message(message) {
    if (message?.type === 'welcome') {
      this.welcomed = true;
      this.#heartbeatCheck.start(message.heartbeat > 0 ? message.heartbeat : HEARTBEAT_MS);
      this.#acknowledgements.asked(message.acknowledge);
      this.#on.welcome(message);
    } else if (message?.type !== 'pong') {
      this.#on.message(message);
      this.#acknowledgements.read(message);
    }
  }

  #end(code, reason) {
    if (this.#ended) {
      return;
    }
    this.#ended = true;
    this.#heartbeatCheck.stop();
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
