/**
 * The page for packs that bring none of their own: which streams its reader may follow, their events as they happen, the
 * entities that they made, the KPIs. What there is comes from the API; nothing here knows a field of work.
 */
import { Millrace } from '/client/millrace.js';
import { read } from './api.js';
import { StreamLag } from './stream-lag.js';
import { Catalog } from './catalog.js';
import { say } from './dom.js';
import { Kpis } from './kpis.js';
import { Stream } from './model/stream.js';
import { Painter } from './painter.js';
import { openSession } from './session.js';
import './parts/connection-state.js';
import './parts/entity-list.js';
import './parts/event-list.js';
import './parts/kpi-list.js';
import './parts/resumed.js';
import './parts/sign-in.js';
import './parts/stream-list.js';
import './parts/who-am-i.js';

const TICK = 1_000;
/** How many streams are listed at once. */
const PAGE = 100;

const session = openSession();
const token = () => session.fresh();
const part = (name) => document.querySelector(`mr-${name}`);
const painter = new Painter(paint);

let ready = false;
const kpis = new Kpis(token, () => ready && painter.soon());
const [catalog] = await Promise.all([Catalog.of(token()), kpis.again()]);
const listed = { streams: [], next: undefined, problem: '' };

const client = new Millrace({
  token,
  clock: session.clock,
  onState: (state) => {
    part('resumed').show(state);
    if (state.name === 'live' || state.name === 'catching up') {
      lag.look();
      listed.streams.length === 0 && list();
    }
    if (state.name === 'signed out') {
      session.refused();
      Object.assign(listed, { streams: [], next: undefined });
    }
    painter.soon();
  },
  onWelcome: painter.soon,
});
kpis.follow(client);
const stream = new Stream(client, token, catalog, painter.soon);
const lag = new StreamLag(token, () => (stream.name === undefined ? [] : [stream.place]), painter.soon);

/** Goes on with the list where it ended. */
async function list() {
  try {
    const after = listed.next === undefined ? '' : `&after=${encodeURIComponent(listed.next)}`;
    const page = await read(`/api/streams?limit=${PAGE}${after}`, token());
    listed.streams = listed.next === undefined ? page.streams : [...listed.streams, ...page.streams];
    listed.next = page.next;
    listed.problem = '';
    choose(decodeURIComponent(location.hash.slice(1)) || stream.name || listed.streams[0]?.stream);
  } catch (e) {
    listed.problem = e.status === 401 ? 'Your token is not accepted.' : 'The list of streams can’t be read now.';
  }
  painter.soon();
}

function choose(name) {
  if (name !== undefined && name !== stream.name) {
    stream.follow(name);
    history.replaceState(null, '', `${location.pathname}#${encodeURIComponent(name)}`);
    lag.look();
  }
  painter.soon();
}

function paint() {
  part('connection-state').show(client.state, lag.events);
  document.documentElement.dataset.state = part('connection-state').state;
  part('who-am-i').show(client.identity, session);
  part('sign-in').show(client, session);
  part('kpi-list').closest('section').hidden = kpis.all.length === 0;
  part('kpi-list').show(kpis);
  part('stream-list').show(listed, stream.name, choose, list);
  const events = part('event-list').closest('section');
  events.hidden = stream.name === undefined;
  const words = { loading: 'Loading the stream …', denied: 'You may not follow this stream.', failed: stream.problem };
  say(events.querySelector('.note'), words[stream.status] ?? '');
  events.querySelector('.note').hidden = stream.status === 'following';
  say(events.querySelector('h2'), stream.name === undefined ? 'Events' : `Events of ${stream.name}`);
  part('event-list').show(stream);
  part('entity-list').closest('section').hidden = stream.name === undefined || stream.kinds.length === 0;
  part('entity-list').show(stream);
}

ready = true;
list();
paint();
setInterval(painter.soon, TICK);
// A browser keeps a page that was left for a while, and its connection with it.
addEventListener('pagehide', () => client.close());
addEventListener('hashchange', () =>
  location.hash.includes('token=') ? location.reload() : choose(decodeURIComponent(location.hash.slice(1)) || undefined),
);
