/**
 * The page for packs that bring none of their own: which streams its reader may follow, their events as they happen, the
 * entities that they made, the KPIs. What there is comes from the API; nothing here knows a field of work.
 */
import { read } from './api.js';
import { StreamLag } from './stream-lag.js';
import { Catalog } from './catalog.js';
import { say } from './dom.js';
import { Kpis } from './kpis.js';
import { Stream } from './model/stream.js';
import { Page } from './page.js';
import './parts/entity-list.js';
import './parts/event-list.js';
import './parts/kpi-list.js';
import './parts/stream-list.js';

/** How many streams are listed at once. */
const PAGE = 100;

const page = new Page(paint);
const { token } = page;
const part = (name) => page.part(name);

const kpis = new Kpis(token, page.changed);
const [catalog] = await Promise.all([Catalog.of(token()), kpis.again()]);
const listed = { streams: [], next: undefined, problem: '' };

const client = page.connect({
  state: ({ name }) => {
    if (name === 'live' || name === 'catching up') {
      lag.look();
      listed.streams.length === 0 && list();
    }
    name === 'signed out' && Object.assign(listed, { streams: [], next: undefined });
  },
});
kpis.follow(client);
const stream = new Stream(client, token, catalog, page.changed);
const lag = new StreamLag(token, () => (stream.name === undefined ? [] : [stream.place]), page.changed);
page.late = () => lag.events;

/** Goes on with the list where it ended. */
async function list() {
  try {
    const after = listed.next === undefined ? '' : `&after=${encodeURIComponent(listed.next)}`;
    const answer = await read(`/api/streams?limit=${PAGE}${after}`, token());
    listed.streams = listed.next === undefined ? answer.streams : [...listed.streams, ...answer.streams];
    listed.next = answer.next;
    listed.problem = '';
    choose(decodeURIComponent(location.hash.slice(1)) || stream.name || listed.streams[0]?.stream);
  } catch (e) {
    listed.problem = e.status === 401 ? 'Your token is not accepted.' : 'The list of streams can’t be read now.';
  }
  page.changed();
}

function choose(name) {
  if (name !== undefined && name !== stream.name) {
    stream.follow(name);
    history.replaceState(null, '', `${location.pathname}#${encodeURIComponent(name)}`);
    lag.look();
  }
  page.changed();
}

function paint() {
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

list();
page.begin(catalog);
addEventListener(
  'hashchange',
  () => location.hash.includes('token=') || choose(decodeURIComponent(location.hash.slice(1)) || undefined),
);
