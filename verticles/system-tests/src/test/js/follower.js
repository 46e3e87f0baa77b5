/**
 * The JavaScript client in Node, driven by a test: what it is to do comes as a line of JSON on stdin, what it sees goes as
 * a line of JSON to stdout. `node follower.js URL TOKEN OPTIONS`.
 */
import { createInterface } from 'node:readline';
import { Millrace } from '../../../../../shared/client-js/src/main/js/millrace.js';

const [url, token, options] = process.argv.slice(2);
const { stream, blocked, transports, format, others = [], ...wishes } = JSON.parse(options);
const tell = (what) => process.stdout.write(`${JSON.stringify(what)}\n`);

/** A network that lets no WebSocket through. */
class Blocked {
  constructor() {
    this.readyState = 3;
    setTimeout(() => this.onclose?.({ code: 1006, reason: '' }));
  }
}

const millrace = new Millrace({
  url,
  token,
  transports,
  format,
  ...(blocked ? { WebSocket: Blocked } : {}),
  onState: (state) => tell({ state: state.name, transport: millrace?.transport, resumed: state.resumed }),
});
const subscription = millrace.subscribe(stream, {
  ...wishes,
  onEvent: (message) => tell({ event: message.data.id, position: message.position }),
  onReset: (reason) => tell({ reset: reason }),
  onError: (error) => tell({ error: error.code }),
  onLoad: (entities) => tell({ loaded: entities.size }),
  onEntity: (entity) => tell({ entity }),
});

others.forEach((other) => millrace.subscribe(other, { onSubscribed: () => tell({ subscribed: other }) }));

const commands = {
  publish: (event) => millrace.publish(event).then((answer) => tell({ answer }), (e) => tell({ refused: e.code })),
  presence: (of) => millrace.presence(of).then((presence) => tell({ presence }), (e) => tell({ refused: e.code })),
  replace: (wish) => subscription.replace(wish),
};
const lines = createInterface({ input: process.stdin });
lines.on('line', (line) => Object.entries(JSON.parse(line)).forEach(([name, what]) => commands[name](what)));
lines.on('close', () => process.exit());
