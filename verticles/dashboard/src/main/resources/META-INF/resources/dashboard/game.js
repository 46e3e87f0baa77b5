/**
 * One room of a game as it is played, and a place in it for whoever may play. What the reader does is judged by the game's
 * logic before anybody sees it; what it denies is told in its words.
 */
import { claims } from '/client/environment.js';
import { say } from './dom.js';
import { Arena } from './model/arena.js';
import { Page } from './page.js';
import './parts/arena.js';
import './parts/game-act.js';
import './parts/game-feed.js';
import './parts/game-filters.js';
import './parts/scoreboard.js';

/** How often it is asked who is there, in ms. */
const ROLL_CALL = 15_000;
const WORDS = {
  none: 'Your token lists no room; scripts/run --demo game prints links that do.',
  loading: 'Loading the room …',
  denied: 'You may not see this room.',
};

const page = new Page(paint);
const { session, token } = page;
const part = (name) => page.part(name);

const client = page.connect({ welcome: (identity) => arena.enter(identity) });
const arena = new Arena(client, token, page.changed);
const [room] = [(session.token && claims(session.token)?.rooms) ?? []].flat();

function paint() {
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
page.begin();
setInterval(() => document.hidden || arena.rollCall(), ROLL_CALL);
