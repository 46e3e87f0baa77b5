import { createServer } from 'node:http';
import { WebSocketServer } from 'ws';

/** As much of Millrace as these tests need: streams with filters and entities, KPIs, presence, publishing. */
export class Server {
  #http = createServer((request, response) => this.#answer(request, response));
  #sockets = new WebSocketServer({ server: this.#http });
  #streams = new Map();
  /** What clients said, in order. */
  heard = [];
  /** Streams that are refused. */
  denied = new Set();
  kpis = [];
  users = [];

  static async start() {
    const server = new Server();
    server.#sockets.on('connection', (socket) => server.#accept(socket));
    await new Promise((ready) => server.#http.listen(0, '127.0.0.1', ready));
    server.url = `http://127.0.0.1:${server.#http.address().port}`;
    return server;
  }

  stop() {
    this.cut();
    this.#http.closeAllConnections();
    return new Promise((stopped) => this.#http.close(stopped));
  }

  get connections() {
    return this.#sockets.clients.size;
  }

  /** How many subscriptions there are now, over all connections. */
  get subscriptions() {
    return [...this.#sockets.clients].reduce((sum, { subscriptions }) => sum + subscriptions.size, 0);
  }

  asked(type) {
    return this.heard.filter((message) => message.type === type);
  }

  /** The network fails. */
  cut() {
    this.#sockets.clients.forEach((socket) => socket.terminate());
  }

  /** Ends all subscriptions to a stream. */
  deny(stream) {
    this.denied.add(stream);
    for (const socket of this.#sockets.clients) {
      socket.subscriptions.delete(stream) && say(socket, { type: 'error', stream, code: 'permission_denied', message: 'not for you' });
    }
  }

  /** Begins the stream anew: no earlier position can be resumed. */
  restart(stream) {
    this.#streams.set(stream, { epoch: 'k2', log: [], entities: new Map() });
  }

  /** An event happens; `entity` is `{kind, id}`, whose state its data is merged into, or which `deleted` deletes. */
  publish(stream, type, data, { entity, deleted = false } = {}) {
    const { epoch, log, entities } = this.#stream(stream);
    const n = log.length + 1;
    const event = { id: `${stream}-${n}`, type, source: 'test', data };
    const message = { type: 'update', timestamp: new Date().toISOString(), stream, position: `${epoch}:${n}`, priority: 'normal', data: event };
    const stored = { message, change: entity && change(entities, entity, deleted ? null : data) };
    log.push(stored);
    for (const socket of this.#sockets.clients) {
      const options = socket.subscriptions.get(stream);
      options && passes(options.filter, message) && say(socket, shown(stored, options));
    }
  }

  #stream(name) {
    if (!this.#streams.has(name)) {
      this.#streams.set(name, { epoch: 'k1', log: [], entities: new Map() });
    }
    return this.#streams.get(name);
  }

  #accept(socket) {
    socket.subscriptions = new Map();
    socket.on('message', (text) => this.#take(JSON.parse(text), socket));
  }

  #take(message, socket) {
    this.heard.push(message);
    const { type, id, stream, token, event } = message;
    if (type === 'auth') {
      say(socket, { type: 'welcome', connectionId: 'c', user: token ?? 'public', roles: [token ?? 'public'], heartbeat: 30_000, maxMessage: 1 << 20 });
    } else if (type === 'subscribe') {
      this.#subscribe(message, socket);
    } else if (type === 'unsubscribe') {
      socket.subscriptions.delete(stream);
    } else if (type === 'presence') {
      const users = this.users.map((user) => ({ user, connections: 1, since: '2026-01-31T09:30:00Z' }));
      say(socket, { type: 'presence', id, stream, count: users.length, users });
    } else if (type === 'publish' && event.type === 'refused') {
      say(socket, { type: 'error', id, code: 'permission_denied', message: 'not yours to publish' });
    } else if (type === 'publish') {
      this.publish('orders', event.type, event.data);
      say(socket, { type: 'published', id, status: 'committed', event: event.id });
    }
  }

  #subscribe({ id, stream, filter, after, state, delta }, socket) {
    if (this.denied.has(stream)) {
      say(socket, { type: 'error', id, stream, code: 'permission_denied', message: 'not for you' });
      return;
    }
    const { epoch, log, entities } = this.#stream(stream);
    const [asked, offset] = after === 'beginning' ? [epoch, 0] : (after ?? `${epoch}:${log.length}`).split(':');
    const recovered = asked === epoch;
    const from = recovered ? Number(offset) : log.length;
    socket.subscriptions.set(stream, { filter, delta });
    say(socket, { type: 'subscribed', id, stream, position: `${epoch}:${from}`, recovered, head: `${epoch}:${log.length}` });
    state && say(socket, { type: 'state', stream, position: `${epoch}:${from}`, entities: [...entities.values()], more: false });
    const missed = log.slice(from).filter(({ message }) => passes(filter, message));
    missed.forEach((stored) => say(socket, shown(stored, { delta })));
  }

  #answer(request, response) {
    const answers = { '/api/kpis': { kpis: this.kpis }, '/api/ws/info': { heartbeat: 30_000, maxMessage: 1 << 20 } };
    this.heard.push({ type: 'request', url: request.url });
    const body = answers[request.url];
    response.writeHead(body === undefined ? 404 : 200, { 'content-type': 'application/json' }).end(JSON.stringify(body ?? { code: 'not_found' }));
  }
}

function change(entities, { kind, id }, data) {
  const before = entities.get(id);
  const version = (before?.version ?? 0) + 1;
  const state = data === null ? null : { ...before?.state, ...data };
  state === null ? entities.delete(id) : entities.set(id, { kind, id, version, state });
  return { entity: { kind, id }, version, state };
}

const shown = ({ message, change: changed }, { delta }) => {
  const { data, ...event } = message.data;
  return delta && changed ? { ...message, data: { ...event, ...changed } } : message;
};

/** Equality of fields of the data, which is all that these tests filter by. */
const passes = (filter, { data: { data } }) => Object.entries(filter ?? {}).every(([path, value]) => data[path.replace('data.', '')] === value);

const say = (socket, message) => socket.send(JSON.stringify(message));
