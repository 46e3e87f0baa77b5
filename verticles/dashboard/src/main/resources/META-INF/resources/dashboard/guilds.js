/**
 * One guild as two people see it: each has a token, a connection and a model of their own, so whatever one sees more than
 * the other is the server's doing. In development the link has a bot's token too, which plays Discord.
 */
import { Millrace } from '/client/millrace.js';
import { claims } from '/client/environment.js';
import { read } from './api.js';
import { el, say, set } from './dom.js';
import { count } from './format.js';
import { Bot } from './model/bot.js';
import { text } from './model/orders.js';
import { Person } from './model/person.js';
import { Painter } from './painter.js';
import { openSession } from './session.js';
import './parts/connection-state.js';
import './parts/guild-act.js';
import './parts/guild-bot.js';
import './parts/guild-cases.js';
import './parts/guild-talk.js';
import './parts/guild-watchers.js';
import './parts/resumed.js';
import './parts/sign-in.js';
import './parts/who-am-i.js';

/** How often it is asked who is there, in ms. */
const ROLL_CALL = 15_000;

const painter = new Painter(() => panes.forEach((pane) => pane.paint()));
const first = openSession('left');
// A browser is signed in at the provider as one person.
const [second, bot] = first.elsewhere ? [] : [openSession('right'), openSession('bot')];
const panes = [first, second].filter(Boolean).map((session, i) => open(document.querySelectorAll('[data-side]')[i], session));
document.querySelector('[data-side=right]').hidden = second === undefined;

/** One person's half of the page. */
function open(article, session) {
  article.append(document.querySelector('#person').content.cloneNode(true));
  const part = (name) => article.querySelector(`mr-${name}`);
  const client = new Millrace({
    token: () => session.fresh(),
    clock: session.clock,
    onState: (state) => {
      article.dataset.state = state.name;
      part('connection-state').show(state);
      part('resumed').show(state);
      state.name === 'live' && person.rollCall();
      state.name === 'signed out' && session.refused();
      painter.soon();
    },
    onWelcome: painter.soon,
    onPending: painter.soon,
  });
  const person = new Person(client, painter.soon);
  const guilds = [(session.token && claims(session.token)?.guilds) ?? []].flat();
  choice(article.querySelector('.choice'), guilds, person, session.token);
  if (guilds.length > 0) {
    person.follow(guilds[0]);
  }
  read('/api/types', session.token)
    .then(({ types }) => types.find((type) => type.name === 'system:alert'))
    .then((alert) => alert && alert.see !== 'none' && person.followAlerts(alert.stream))
    .catch(() => {}); // without them the page is whole
  setInterval(() => document.hidden || person.rollCall(), ROLL_CALL);
  // A browser keeps a page that was left for a while, and its connection with it.
  addEventListener('pagehide', () => client.close());
  const paint = () => {
    part('who-am-i').show(client.identity, session, person.known(client.identity?.user));
    part('sign-in').show(client, session);
    body(article.querySelector('.guild'), person, client);
    ['guild-watchers', 'guild-talk', 'guild-cases', 'guild-act'].forEach((name) => part(name).show(person));
  };
  return { person, paint };
}

/** Which of their guilds, by its name as soon as that is known. */
function choice(place, guilds, person, token) {
  place.hidden = guilds.length < 2;
  guilds.forEach((guild, i) => {
    const button = el('button', { type: 'button', class: 'plain', value: guild }, `Guild ${i + 1}`);
    button.addEventListener('click', () => person.follow(guild));
    place.append(button);
    const stream = encodeURIComponent(`guild:${guild}`);
    read(`/api/entities/guild/${encodeURIComponent(guild)}?stream=${stream}`, token)
      .then(({ state }) => state?.name && say(button, text(state.name)))
      .catch(() => {}); // nothing is known of it yet
  });
}

function body(section, person, client) {
  section.hidden = person.guild === undefined;
  const [name, choices, note, parts] = section.children;
  const guild = person.all('guild')[0];
  const people = guild?.memberCount === undefined ? '' : ` · ${count(guild.memberCount)} members`;
  say(name, (text(guild?.name) || 'A guild without a name yet') + people);
  [...choices.children].forEach((b) => set(b, { 'aria-pressed': String(b.value === person.guild) }));
  const words = { loading: 'Loading the guild as it stands …', denied: 'You may not see this guild.' };
  say(note, words[person.status] ?? '');
  note.hidden = parts.hidden = false;
  note.hidden = person.status === 'following';
  parts.hidden = person.status !== 'following';
  const waiting = client.pending > 0 ? ` ${count(client.pending)} waiting to be sent.` : '';
  const since = `${count(person.events)} ${person.events === 1 ? 'event' : 'events'} since it was loaded.`;
  say(parts.querySelector('.basis'), since + waiting);
}

if (bot?.token !== undefined) {
  // A bot follows nothing: what it says goes by POST, and costs no connection.
  const client = new Millrace({ token: () => bot.token, transports: ['poll'] });
  const discord = new Bot(client);
  const watcher = () => panes[0].person;
  document.querySelector('.discord').hidden = false;
  document.querySelector('mr-guild-bot').begin(discord, watcher);
}

painter.soon();
setInterval(painter.soon, 1_000);
