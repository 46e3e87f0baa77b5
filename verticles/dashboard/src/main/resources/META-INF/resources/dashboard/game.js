/**
 * One room of a game as it is played, and a place in it for whoever may play. What the reader does is judged by the game's
 * logic before anybody sees it; what it denies is told in its words.
 */
import { Millrace } from '/client/millrace.js';
import { claims } from '/client/environment.js';
import { say } from './dom.js';
import { Arena } from './model/arena.js';
import { Painter } from './painter.js';
import { openSession } from './session.js';
import './parts/arena.js';
import './parts/connection-state.js';
import './parts/game-act.js';
import './parts/game-feed.js';
import './parts/game-filters.js';
import './parts/resumed.js';
import './parts/scoreboard.js';
import './parts/sign-in.js';
import './parts/who-am-i.js';

/** How often it is asked who is there, in ms. */
const ROLL_CALL = 15_000;
const WORDS = {
  none: 'Your token lists no room; scripts/run --demo game prints links that do.',
  loading: 'Loading the room …',
  denied: 'You may not see this room.',
};

const session = openSession();
const part = (name) => document.querySelector(`mr-${name}`);
const painter = new Painter(paint);

const client = new Millrace({
  token: () => session.fresh(),
  clock: session.clock,
  onState: (state) => {
    part('resumed').show(state);
    state.name === 'signed out' && session.refused();
    painter.soon();
  },
  onWelcome: (identity) => {
    arena.enter(identity);
    painter.soon();
  },
});
const arena = new Arena(client, () => session.fresh(), painter.soon);
const [room] = [(session.token && claims(session.token)?.rooms) ?? []].flat();

function paint() {
  part('connection-state').show(client.state);
  document.documentElement.dataset.state = part('connection-state').state;
  part('who-am-i').show(client.identity, session);
  part('sign-in').show(client, session);
  const note = document.querySelector('.note');
  say(note, session.token === undefined ? '' : (WORDS[arena.status] ?? ''));
  note.hidden = note.textContent === '';
  document.querySelector('main').hidden = arena.status !== 'following';
  say(document.querySelector('#room-title'), arena.title);
  ['game-filters', 'arena', 'game-act', 'scoreboard'].forEach((name) => part(name).show(arena));
  document.querySelectorAll('mr-game-feed').forEach((feed) => feed.show(arena));
}

if (room !== undefined) {
  arena.follow(String(room));
}
paint();
setInterval(painter.soon, 1_000);
setInterval(() => document.hidden || arena.rollCall(), ROLL_CALL);
// A browser keeps a page that was left for a while, and its connection with it.
addEventListener('pagehide', () => client.close());
