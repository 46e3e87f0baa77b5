// A bot by @discordjs/ws: connects to the gateway that an HTTP interface names, and says in a line of JSON what happens.
// node connect.js API TOKEN [zlib]
import { REST } from '@discordjs/rest';
import { CompressionMethod, WebSocketManager, WebSocketShardEvents } from '@discordjs/ws';

const [api, token, compression] = process.argv.slice(2);
const say = (what, more) => process.stdout.write(`${JSON.stringify({ what, ...more })}\n`);
const rest = new REST({ api, version: '10' }).setToken(token);
const manager = new WebSocketManager({
  token,
  intents: 513,
  compression: compression ? CompressionMethod.ZlibNative : null,
  rest,
});
manager.on(WebSocketShardEvents.Ready, () => say('ready'));
manager.on(WebSocketShardEvents.Resumed, () => say('resumed'));
manager.on(WebSocketShardEvents.Closed, (code) => say('closed', { code }));
manager.on(WebSocketShardEvents.HeartbeatComplete, () => say('acknowledged'));
manager.on(WebSocketShardEvents.Error, (error) => say('error', { error: String(error.message ?? error) }));
manager.on(WebSocketShardEvents.Dispatch, (payload) => say('dispatch', { t: payload.t, s: payload.s, id: payload.d.id }));
process.on('unhandledRejection', (error) => say('error', { error: String(error.message ?? error) }));
process.stdin.resume().on('end', () => process.exit());
await manager.connect();
