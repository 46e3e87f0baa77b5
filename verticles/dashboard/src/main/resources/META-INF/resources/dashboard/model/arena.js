import { read } from '../api.js';
import { arenaFilter } from './filter.js';
import { text } from './orders.js';

/** The size of every room, in metres; the game's logic has the same. */
export const WIDTH = 1_000;
export const HEIGHT = 600;
const SPEED = 150;
/** Of a feed. */
const LINES = 40;
/** So many of the room's events are read when the page is opened. */
const PAST = 60;
/** Whoever does nothing for so long isn't there any more; as the logic has it. In ms. */
const ABSENT = 30_000;
/** How long a shot is seen, in ms. */
const SHOT = 700;
/** How long a denial stands there to be read, whatever is done meanwhile, in ms. */
const READ = 4_000;

/** A room of a game, as far as its reader has asked to see it, and what they do in it. */
export class Arena {
  #client;
  #token;
  #changed;
  #now;
  #room;
  #game;
  #player;
  #shots = [];
  #people = new Map();
  /** Also of those who aren't shown. */
  #teams = new Map();

  name;
  status = 'none';
  me;
  plays = false;
  /** Which events are asked for. */
  only = { team: false, hits: false };
  hits = [];
  news = [];
  present = new Set();
  /** What came of the last thing that the reader did, and whether it was denied. */
  said = { words: '', denied: false, at: 0 };

  /**
   * @param {import('/client/millrace.d.ts').Millrace} client
   * @param {() => string | undefined | Promise<string | undefined>} token
   * @param {() => void} changed
   * @param {() => number} now ms
   */
  constructor(client, token, changed, now = Date.now) {
    this.#client = client;
    this.#token = token;
    this.#changed = changed;
    this.#now = now;
  }

  /** Shows the latest past of a room, and follows it from where that ends. */
  async follow(room) {
    Object.assign(this, { name: room, status: 'loading' });
    const past = await this.#past();
    past.events.forEach((message) => this.#event(message, true));
    this.#room = this.#client.subscribe(`room:${room}`, {
      after: past.next,
      onSubscribed: () => {
        this.#set('following');
        this.rollCall();
      },
      onEvent: (message) => this.#event(message),
      onLost: (why) => this.#lost(why),
      onError: (error) => error.retryAfter > 0 || this.#set('denied'),
    });
    this.#game = this.#client.subscribe(`game:${room}`, {
      state: true,
      delta: true,
      onLoad: this.#changed,
      onEvent: ({ data, timestamp }) => this.#told(data, timestamp),
    });
  }

  async #past() {
    try {
      return await read(`/api/streams/${encodeURIComponent(`room:${this.name}`)}/events?last=${PAST}`, this.#token());
    } catch {
      return { events: [] }; // nothing yet, or following it says why not
    }
  }

  /** Known to the server: what is for this player alone is followed, too, and they are put into the room. */
  enter({ user, roles }) {
    this.me = user;
    this.plays = roles.includes('player');
    if (this.plays && this.name !== undefined) {
      this.#player ??= this.#client.subscribe(`player:${user}`, { onEvent: ({ data, timestamp }) => this.#told(data, timestamp) });
      this.#act('arena:entered', {});
    }
  }

  /** @returns {string} */
  get title() {
    const { round } = this.game;
    return round === undefined ? `Room ${this.name}` : `Room ${this.name}, round ${round}`;
  }

  /** @returns {{round?: number, endsAt?: number, winner?: string, scores?: Record<string, number>}} as the game stands */
  get game() {
    return [...(this.#game?.entities ?? [])].find((entity) => entity.kind === 'game')?.state ?? {};
  }

  /** @returns {number | undefined} seconds; 0 while it goes on until somebody leads */
  get left() {
    const { endsAt, winner } = this.game;
    return endsAt === undefined || winner !== undefined ? undefined : Math.max(0, Math.ceil((endsAt - this.#now()) / 1_000));
  }

  /** @returns {object[]} who is in the arena, by name */
  get players() {
    const here = [...this.#people.values()].filter((player) => player.x !== undefined && this.#now() - player.seen < ABSENT);
    return here.sort((a, b) => (a.key < b.key ? -1 : 1));
  }

  get shots() {
    return (this.#shots = this.#shots.filter((shot) => this.#now() - shot.at < SHOT));
  }

  /** @returns {{key: string, team?: string, points?: number}[]} the best first; without points while the game isn't known */
  get scores() {
    const { round, scores = {} } = this.game;
    const names = new Set([...Object.keys(scores), ...this.players.map((player) => player.key)]);
    const points = (key) => (round === undefined && scores[key] === undefined ? undefined : Number(scores[key] ?? 0));
    const all = [...names].map((key) => ({ key, team: this.#teams.get(key), points: points(key) }));
    return all.sort((a, b) => (b.points ?? 0) - (a.points ?? 0) || (a.key < b.key ? -1 : 1));
  }

  /** Asks for other events from now on; the connection stays, and nothing in between is missed or repeated. */
  choose(only) {
    const team = this.#teams.get(this.me);
    this.only = { team: only.team && team !== undefined, hits: only.hits };
    if (this.only.team) {
      // They aren't sent any more, and would seem to stand still.
      [...this.#people.values()].filter((player) => player.team !== team).forEach((player) => this.#people.delete(player.key));
    }
    this.#room.replace({ filter: arenaFilter({ team: this.only.team ? team : undefined, hits: this.only.hits }) });
    this.#changed();
  }

  /**
   * One step, or a leap.
   *
   * @param {number} dx -1 to 1
   * @param {number} dy -1 to 1
   * @param {number} ms how long the reader has been walking since the last step
   */
  step(dx, dy, ms) {
    const here = this.#people.get(this.me);
    if (here?.x === undefined) {
      return this.#act('arena:entered', {});
    }
    const way = (SPEED * 0.9 * ms) / 1_000 / Math.hypot(dx, dy);
    return this.#act('arena:moved', place(here.x + dx * way, here.y + dy * way));
  }

  /** At a point, or at the nearest opponent. */
  shoot(at = this.#nearest()) {
    return at === undefined ? this.#say('Nobody of the other team is in sight.', true) : this.#act('arena:shot', place(at.x, at.y));
  }

  #nearest() {
    const here = this.#people.get(this.me);
    const far = (player) => Math.hypot(player.x - here.x, player.y - here.y);
    const others = here?.x === undefined ? [] : this.players.filter((player) => player.team !== here.team);
    return others.sort((a, b) => far(a) - far(b))[0];
  }

  async rollCall() {
    const answer = await this.#client.presence(`room:${this.name}`).catch(() => undefined);
    if (answer !== undefined) {
      this.present = new Set(answer.users.map(({ user }) => user));
      this.#changed();
    }
  }

  async #act(type, data) {
    try {
      // A shot is kept while there is no connection; a step that comes too late leads nowhere.
      const shot = type === 'arena:shot';
      shot && this.#client.transport === undefined && this.#say('Kept until the connection is back.', false);
      await this.#client.publish({ type, data: { roomId: this.name, playerId: this.me, ...data } }, { keep: shot });
      const beingRead = this.said.denied && this.#now() - this.said.at < READ;
      beingRead || this.#say(shot ? 'Shot.' : '', false);
    } catch (e) {
      this.#say(denial(e), true);
    }
  }

  #say(words, denied) {
    this.said = { words, denied, at: this.#now() };
    this.#changed();
  }

  #event({ data: event, timestamp, position }, past = false) {
    const { type, id, data } = event;
    const at = Date.parse(timestamp);
    const key = position ?? id;
    const line = (words, more = {}) => ({ key, at, words, ...more });
    if (type === 'arena:entered' || type === 'arena:moved') {
      this.#move(data.playerId, data);
    } else if (type === 'arena:shot') {
      past || this.#shot(key, data);
      if (data.hit !== undefined) {
        const words = data.killed ? `${text(data.playerId)} beats ${text(data.hit)}` : `${text(data.playerId)} hits ${text(data.hit)}`;
        this.hits = [line(words, { value: data.killed ? '+1' : `−${data.damage}`, strong: data.killed, team: data.team }), ...this.hits].slice(0, LINES);
      }
    } else if (type === 'arena:announced') {
      this.#tell(line(text(data.text)));
    } else if (type === 'room:joined') {
      this.present.add(text(data.playerId));
      this.#tell(line(`${text(data.playerId)} is here`));
    } else if (type === 'room:left') {
      this.present.delete(text(data.playerId));
      this.#people.delete(data.playerId);
      this.#tell(line(`${text(data.playerId)} has left`));
    } else if (type === 'chat:said') {
      this.#tell(line(`${text(data.playerId)}: ${text(data.text)}`));
    }
    past || this.#changed();
  }

  /** Of the game, or for this player alone. */
  #told({ type, id, data, patch, state }, timestamp) {
    const fields = data ?? patch ?? state ?? {};
    const line = (words) => this.#tell({ key: id, at: Date.parse(timestamp), words });
    if (type === 'game:started') {
      line(`Round ${text(fields.round ?? this.game.round)} begins`);
    } else if (type === 'game:finished') {
      line(`${text(fields.winner)} has won the round`);
    } else if (type === 'player:rewarded') {
      line(`Your points in all: ${text(fields.total)}, level ${text(fields.level)}`);
    } else if (type === 'player:invited') {
      line(`You are invited to ${text(fields.roomId)}`);
    }
    this.#changed();
  }

  #move(name, { team, x, y, health }) {
    const key = text(name);
    this.#teams.set(key, team);
    this.#people.set(key, { ...this.#people.get(key), key, team, x, y, health, seen: this.#now() });
  }

  #shot(key, { playerId, team, from, x, y, hit, health, killed, respawn }) {
    const victim = hit === undefined ? undefined : this.#people.get(text(hit));
    const to = victim?.x === undefined ? place(x, y) : { x: victim.x, y: victim.y };
    this.#shots.push({ key, at: this.#now(), team, from, to, hit: hit !== undefined });
    this.#move(playerId, { ...this.#people.get(text(playerId)), team, ...from });
    if (hit !== undefined && victim === undefined && !killed) {
      return; // whoever isn't seen through the filter isn't drawn
    }
    victim && Object.assign(victim, killed ? { ...respawn, health: 100 } : { health });
  }

  #tell(line) {
    this.news = [line, ...this.news].slice(0, LINES);
  }

  /** What is shown may not be seen any more. */
  #lost({ code }) {
    this.#people.clear();
    Object.assign(this, { hits: [], news: [], present: new Set() });
    code === 'rights_changed' ? this.#changed() : this.#set('denied');
  }

  #set(status) {
    this.status = status;
    this.#changed();
  }
}

/** In the arena, in whole metres. */
function place(x, y) {
  const within = (n, most) => Math.round(Math.min(Math.max(n, 0), most));
  return { x: within(x, WIDTH), y: within(y, HEIGHT) };
}

/** Why the reader wasn't let, for people. */
function denial({ code, message }) {
  const reasons = {
    rejected: `Denied: ${message}.`,
    unavailable: `The game’s logic doesn’t answer (${message}). Try again.`,
    offline: 'There is no connection; it is tried again.',
  };
  return reasons[code] ?? `${code}: ${message}`;
}
