import { createHash } from 'node:crypto';
import { createServer } from 'node:http';

/**
 * As much of RFC 6455 as these tests need, and of Millrace's protocol: `auth`, `subscribe` with `after`, one log; the same
 * over server-sent events and polling.
 */
export class Server {
  #http = createServer((request, response) => this.#answer(request, response));
  #clients = new Set();
  #questions = new Set();
  log = [];
  epoch = 'k1';
  heard = [];
  published = [];
  heartbeat = 30_000;
  /** What something on the way doesn't let through. */
  blocked = new Set();
  /** Requests that are never answered, by their path. */
  silent = new Set();

  static async start(port = 0) {
    const server = new Server();
    server.#http.on('upgrade', (request, socket) => server.#accept(request, socket));
    await new Promise((ready) => server.#http.listen(port, '127.0.0.1', ready));
    server.url = `ws://127.0.0.1:${server.#http.address().port}/api/ws`;
    return server;
  }

  stop() {
    this.#clients.forEach((c) => c.socket.destroy());
    this.#http.closeAllConnections();
    return new Promise((stopped) => this.#http.close(stopped));
  }

  /** Appends events to the stream and delivers them, all in one frame. */
  publish(count = 1) {
    const added = Array.from({ length: count }, (_, i) => this.log.length + i + 1);
    this.log.push(...added);
    this.#clients.forEach((c) => c.subscribed && c.send(...added.map((offset) => this.event(offset))));
    this.#questions.forEach((answer) => answer());
  }

  event(offset) {
    const data = { type: 'order:created', data: { n: offset } };
    return { type: 'update', stream: 'orders', position: `${this.epoch}:${offset}`, data };
  }

  /** Says something to everybody who is connected. */
  say(...messages) {
    this.#clients.forEach((c) => c.send(...messages));
  }

  raw(text) {
    this.#clients.forEach((c) => c.write(1, Buffer.from(text)));
  }

  /** The network fails: no close frame, as in 1006. */
  cut() {
    this.#clients.forEach((c) => c.socket.destroy());
  }

  closeAll(code) {
    const payload = Buffer.alloc(2);
    payload.writeUInt16BE(code);
    this.#clients.forEach((c) => c.write(8, payload));
  }

  /** How many are connected over a WebSocket or server-sent events. */
  get connections() {
    return this.#clients.size;
  }

  async #answer(request, response) {
    const { pathname, searchParams } = new URL(request.url, 'http://here');
    const transport = pathname.replace('/api/', '');
    const posted = request.method === 'POST' ? JSON.parse((await request.toArray()).join('')) : undefined;
    const subscriptions = posted?.subscribe ?? searchParams.getAll('stream').map((stream) => ({ ...Object.fromEntries(searchParams), stream }));
    const query = { ...Object.fromEntries(searchParams), ...(transport === 'poll' ? posted : {}) };
    const streams = subscriptions.map((s) => s.stream);
    const json = (status, body, type = 'application/json') => {
      response.writeHead(status, { 'content-type': type, ...(status === 503 ? { 'retry-after': '1' } : {}) });
      response.end(JSON.stringify(body));
    };
    if (transport !== 'ws/info') {
      this.heard.push({ transport, ...query, streams, subscriptions, authorization: request.headers.authorization, method: request.method });
    }
    if (this.silent.has(transport)) {
      return;
    }
    if (request.url.length > 4_000) {
      json(414, {});
    } else if (this.refuses?.[transport] !== undefined) {
      const { status, code, page } = this.refuses[transport];
      page === undefined ? json(status, { code, detail: 'not now', status }, 'application/problem+json') : response.writeHead(status).end(page);
    } else if (streams.includes('payments') && posted === undefined) {
      const [status, code] = request.headers.authorization === undefined ? [401, 'unauthenticated'] : [403, 'permission_denied'];
      json(status, { code, detail: 'not for you', status }, 'application/problem+json');
    } else if (transport === 'ws/info') {
      json(200, { name: 'millrace', heartbeat: this.heartbeat, maxMessage: this.maxMessage });
    } else if (transport === 'sse') {
      this.#events(response, subscriptions);
    } else if (transport === 'poll') {
      this.#poll(json, query);
    } else if (transport !== 'events') {
      json(404, { code: 'not_found', status: 404 }, 'application/problem+json');
    } else {
      this.published.push(posted);
      json(201, { id: posted.id, status: 'committed', stream: 'orders', position: 'k1:1' });
    }
  }

  #events(response, subscriptions) {
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    response.flushHeaders();
    if (this.blocked.has('sse')) {
      return; // whatever is on the way gathers until it has enough
    }
    const send = (...messages) =>
      messages.forEach((m) => response.write(`event: ${m.type}\nid: ${m.position ?? ''}\ndata: ${JSON.stringify(m)}\n\n`));
    const client = { socket: response.socket, send, write: () => {}, subscribed: false };
    this.#clients.add(client);
    response.on('close', () => this.#clients.delete(client));
    send({ type: 'welcome', connectionId: 'c', user: 'u', roles: ['staff'], heartbeat: this.heartbeat });
    subscriptions.forEach(({ stream, after }) => this.#subscribe({ stream, after }, client));
  }

  #poll(json, { stream, after, wait }) {
    const [epoch, offset] = (after ?? `${this.epoch}:${this.log.length}`).split(':');
    const next = () => `${this.epoch}:${this.log.length}`;
    if (epoch !== this.epoch) {
      json(200, { events: [], next: next(), recovered: false });
      return;
    }
    const events = () => (stream === 'orders' ? this.log.slice(Number(offset)).map((o) => this.event(o)) : []);
    const answer = () => {
      this.#questions.delete(answer);
      clearTimeout(timer);
      json(200, { events: events(), next: next(), recovered: true });
    };
    const timer = setTimeout(answer, after === undefined || events().length > 0 ? 0 : 100 * Number(wait));
    this.#questions.add(answer);
  }

  #accept(request, socket) {
    if (this.blocked.has('websocket')) {
      this.heard.push({ transport: 'websocket' });
      socket.destroy();
      return;
    }
    const key = request.headers['sec-websocket-key'] + '258EAFA5-E914-47DA-95CA-C5AB0DC85B11';
    const accept = createHash('sha1').update(key).digest('base64');
    const head = ['HTTP/1.1 101 Switching Protocols', 'Upgrade: websocket', 'Connection: Upgrade', `Sec-WebSocket-Accept: ${accept}`];
    socket.write(`${head.join('\r\n')}\r\n\r\n`);
    const write = (opcode, payload) => {
      const extended = Buffer.alloc(payload.length < 126 ? 0 : 2);
      if (extended.length > 0) {
        extended.writeUInt16BE(payload.length);
      }
      const length = extended.length > 0 ? 126 : payload.length;
      socket.write(Buffer.concat([Buffer.from([0x80 | opcode, length]), extended, payload]));
    };
    const send = (...messages) => write(1, Buffer.from(messages.map((m) => JSON.stringify(m)).join('\n')));
    const client = { socket, write, send, subscribed: false };
    this.#clients.add(client);
    socket.on('close', () => this.#clients.delete(client));
    socket.on('error', () => {});
    let buffered = Buffer.alloc(0);
    socket.on('data', (chunk) => {
      buffered = Buffer.concat([buffered, chunk]);
      buffered = this.#frames(buffered, client);
    });
  }

  #frames(buffered, client) {
    while (buffered.length >= 6) {
      const short = buffered[1] & 0x7f;
      const start = short === 126 ? 4 : 2;
      const length = short === 126 ? buffered.readUInt16BE(2) : short;
      if (buffered.length < start + 4 + length) {
        break;
      }
      const mask = buffered.subarray(start, start + 4);
      const payload = Buffer.from(buffered.subarray(start + 4, start + 4 + length)).map((b, i) => b ^ mask[i % 4]);
      if ((buffered[0] & 0x0f) === 8) {
        client.socket.end();
      } else {
        this.#message(JSON.parse(payload.toString()), client);
      }
      buffered = buffered.subarray(start + 4 + length);
    }
    return buffered;
  }

  #message(message, client) {
    this.heard.push(message);
    if (message.type === 'auth') {
      const user = message.token ?? 'public';
      client.send({ type: 'welcome', connectionId: 'c', user, roles: [user], heartbeat: this.heartbeat });
    } else if (message.type === 'subscribe') {
      this.#subscribe(message, client);
    } else if (message.type === 'unsubscribe') {
      client.subscribed = false;
    }
  }

  #subscribe({ id, stream, after }, client) {
    if (stream === 'payments') {
      client.send({ type: 'error', id, stream, code: 'permission_denied', message: 'not for you' });
      return;
    }
    client.subscribed ||= stream === 'orders';
    const [epoch, offset] = (after ?? `${this.epoch}:${this.log.length}`).split(':');
    const recovered = epoch === this.epoch;
    const from = recovered ? Number(offset) : this.log.length;
    const missed = stream === 'orders' ? this.log.slice(from).map((o) => this.event(o)) : [];
    client.send({ type: 'subscribed', id, stream, position: `${this.epoch}:${from}`, recovered }, ...missed);
  }
}

/** Resolves when the condition holds; the test runner's own timeout ends it otherwise. */
export async function until(condition) {
  while (!condition()) {
    await new Promise((turn) => setImmediate(turn));
  }
}
