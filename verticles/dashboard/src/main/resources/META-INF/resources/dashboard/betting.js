/**
 * The bookmaker's desk: follows the streams of the agents that the reader's token lists, and the KPIs where they may read them,
 * and paints. What an agent sees are their own customers, what a customer sees their own wagers; what nobody may see here
 * isn't drawn.
 */
import { claims } from '/client/environment.js';
import { Millrace } from '/client/millrace.js';
import { read } from './api.js';
import { Catalog } from './catalog.js';
import { say } from './dom.js';
import { Follow } from './follow.js';
import { Kpis } from './kpis.js';
import { AgentBook, Books, unfollowed } from './model/betting.js';
import { Painter } from './painter.js';
import { arrange, notes } from './panels.js';
import { openSession } from './session.js';
import { StreamLag } from './stream-lag.js';
import './parts/accounts.js';
import './parts/activity-feed.js';
import './parts/betting-kpis.js';
import './parts/commissions.js';
import './parts/connection-state.js';
import './parts/resumed.js';
import './parts/risk-alerts.js';
import './parts/sign-in.js';
import './parts/wager-list.js';
import './parts/who-am-i.js';

const TICK = 1_000;
/** A token may list more agents than one looks at; the page says which it leaves out. */
const AGENTS = 40;

const session = openSession();
const token = () => session.fresh();
const part = (name) => document.querySelector(`mr-${name}`);
const painter = new Painter(paint);

// What the reader may see, and what it comes to, is known before the first paint: nothing is shown that goes away again.
let ready = false;
const kpis = new Kpis(token, () => ready && painter.soon());
const [catalog] = await Promise.all([Catalog.of(token()), kpis.again()]);
arrange((type) => catalog.sees(type), (name) => kpis.get(name) !== undefined);

const client = new Millrace({
  token,
  clock: session.clock,
  onState: (state) => {
    part('resumed').show(state);
    (state.name === 'live' || state.name === 'catching up') && lag.look();
    state.name === 'signed out' && session.refused();
    painter.soon();
  },
  onWelcome: painter.soon,
});

const agents = [(session.token && claims(session.token)?.agents) ?? []].flat();
const follows = agents.slice(0, AGENTS).map((agent) => {
  const model = new AgentBook(agent);
  return new Follow({ client, token, stream: `agent:${agent}`, model, past: true, changed: () => stood(model) });
});
const books = new Books(follows.map((follow) => follow.model));
const lag = new StreamLag(token, () => follows, painter.soon);

kpis.follow(client);

/** Accounts and agents of which the latest events say nothing, as they stand. Once for each load of a stream. */
const loaded = new WeakSet();
function stood(book) {
  painter.soon();
  const follow = follows.find(({ model }) => model === book);
  if (follow.status !== 'following') {
    loaded.delete(book);
  } else if (!loaded.has(book)) {
    loaded.add(book);
    const kinds = catalog.sees('commission:earned') === 'none' ? ['account'] : ['account', 'agent'];
    kinds.forEach((kind) => stands(book, kind, follow.stream));
  }
}

async function stands(book, kind, stream) {
  try {
    let after = '';
    do {
      const page = await read(`/api/entities/${kind}?limit=1000&stream=${encodeURIComponent(stream)}${after}`, token());
      book.stands(kind, page.entities);
      painter.soon();
      after = page.next && `&after=${encodeURIComponent(page.next)}`;
    } while (after);
  } catch (e) {
    // Asked again with the next event; not by those who may see none.
    e.status === 403 || e.status === 404 || loaded.delete(book);
  }
}

/** The agents' streams as one: what is known of any is shown, and beside it of whom nothing is. */
function together() {
  const order = ['following', 'loading', 'failed', 'denied'];
  const [first] = [...follows].sort((a, b) => order.indexOf(a.status) - order.indexOf(b.status));
  return { stream: 'agents', status: first?.status ?? 'denied', problem: first?.problem ?? '' };
}

function paint() {
  const all = together();
  notes([all], client);
  const missing = all.status === 'following' ? unfollowed(follows, agents.slice(AGENTS)) : '';
  const note = document.getElementById('unfollowed');
  say(note, missing);
  note.hidden = missing === '';
  part('connection-state').show(client.state, lag.events);
  document.documentElement.dataset.state = part('connection-state').state;
  part('who-am-i').show(client.identity, session);
  part('sign-in').show(client, session);
  part('betting-kpis').show(kpis);
  for (const name of ['risk-alerts', 'wager-list', 'accounts', 'commissions', 'activity-feed']) {
    part(name).show(books, missing === '');
  }
}

ready = true;
follows.forEach((follow) => follow.start());
paint();
setInterval(painter.soon, TICK);
document.addEventListener('visibilitychange', painter.soon);
// A browser keeps a page that was left for a while, and its connection with it.
addEventListener('pagehide', () => client.close());
// A link with a new token, opened in a tab that is here already, changes only the part after '#'.
addEventListener('hashchange', () => location.hash.includes('token=') && location.reload());
