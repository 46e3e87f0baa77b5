/**
 * The bookmaker's desk: follows the streams of the agents that the reader's token lists, and the KPIs where they may read them,
 * and paints. What an agent sees are their own customers, what a customer sees their own wagers; what nobody may see here
 * isn't drawn.
 */
import { claims } from '/client/environment.js';
import { read } from './api.js';
import { Catalog } from './catalog.js';
import { say } from './dom.js';
import { Follow } from './follow.js';
import { Kpis } from './kpis.js';
import { AgentBook, Books, unfollowed } from './model/betting.js';
import { arrange, notes } from './panels.js';
import { StreamLag } from './stream-lag.js';
import { Page } from './page.js';
import './parts/accounts.js';
import './parts/activity-feed.js';
import './parts/betting-kpis.js';
import './parts/commissions.js';
import './parts/risk-alerts.js';
import './parts/wager-list.js';

/** A token may list more agents than one looks at; the page says which it leaves out. */
const AGENTS = 40;

const page = new Page(paint);
const { token, session } = page;
const part = (name) => page.part(name);

// What the reader may see, and what it comes to, is known before the first paint: nothing is shown that goes away again.
const kpis = new Kpis(token, page.changed);
const [catalog] = await Promise.all([Catalog.of(token()), kpis.again()]);
arrange((type) => catalog.sees(type), (name) => kpis.get(name) !== undefined);

const client = page.connect({ state: ({ name }) => (name === 'live' || name === 'catching up') && lag.look() });

const agents = [(session.token && claims(session.token)?.agents) ?? []].flat();
const follows = agents.slice(0, AGENTS).map((agent) => {
  const model = new AgentBook(agent);
  return new Follow({ client, token, stream: `agent:${agent}`, model, past: true, changed: () => stood(model) });
});
const books = new Books(follows.map((follow) => follow.model));
const lag = new StreamLag(token, () => follows, page.changed);
page.late = () => lag.events;

kpis.follow(client);

/** Accounts and agents of which the latest events say nothing, as they stand. Once for each load of a stream. */
const loaded = new WeakSet();
function stood(book) {
  page.changed();
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
      const answer = await read(`/api/entities/${kind}?limit=1000&stream=${encodeURIComponent(stream)}${after}`, token());
      book.stands(kind, answer.entities);
      page.changed();
      after = answer.next && `&after=${encodeURIComponent(answer.next)}`;
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
  part('betting-kpis').show(kpis);
  for (const name of ['risk-alerts', 'wager-list', 'accounts', 'commissions', 'activity-feed']) {
    part(name).show(books, missing === '');
  }
}

follows.forEach((follow) => follow.start());
page.begin(catalog);
