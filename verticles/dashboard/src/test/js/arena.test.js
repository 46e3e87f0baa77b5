import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Arena } from '../../main/resources/META-INF/resources/dashboard/model/arena.js';
import { arenaFilter } from '../../main/resources/META-INF/resources/dashboard/model/filter.js';

/** A client that notes what it is asked, and the arena that it shows. */
async function opened(answers = []) {
  const asked = [];
  const handlers = {};
  const entities = [];
  const client = {
    presence: () => Promise.resolve({ users: [{ user: 'ann' }] }),
    subscribe: (stream, options) => {
      handlers[stream.split(':')[0]] = options;
      return { entities, replace: (wish) => asked.push(wish) };
    },
    publish: (event, how) => asked.push([event.type, event.data, how.keep]) && (answers.shift() ?? Promise.resolve({ status: 'sent' })),
  };
  globalThis.fetch = () => Promise.reject(new Error('no past'));
  let now = 1_000_000;
  const arena = new Arena(client, () => 'token', () => {}, () => now);
  await arena.follow('r');
  const tell = (type, data, position = `k:${asked.length}`) =>
    handlers.room.onEvent({ timestamp: '2026-01-31T09:30:00Z', position, data: { id: 'e', type, data: { roomId: 'r', ...data } } });
  return { arena, asked, handlers, entities, tell, pass: (ms) => (now += ms) };
}

test('a filter leaves out the other team, and shots that miss, and lets everything else pass', () => {
  assert.equal(arenaFilter({ team: undefined, hits: false }), undefined);
  const both = arenaFilter({ team: 'red', hits: true });
  assert.deepEqual(both.and[0].or[0], { 'data.team': 'red' });
  assert.deepEqual(both.and[1].or, [{ 'data.hit': { exists: true } }, { not: { type: 'arena:shot' } }]);
});

test('players are where they were last seen, and gone when they do nothing', async () => {
  const { arena, tell, pass } = await opened();
  tell('arena:entered', { playerId: 'ann', team: 'red', x: 80, y: 50, health: 100 });
  pass(20_000);
  tell('arena:moved', { playerId: 'ben', team: 'blue', x: 900, y: 60, health: 75 });
  assert.deepEqual(arena.players.map((p) => [p.key, p.x, p.health]), [['ann', 80, 100], ['ben', 900, 75]]);
  pass(10_000);
  assert.deepEqual(arena.players.map((p) => p.key), ['ben']);
});

test('a hit is a line and costs health, a kill puts its victim elsewhere, a miss is only drawn', async () => {
  const { arena, tell, pass } = await opened();
  tell('arena:entered', { playerId: 'ann', team: 'red', x: 80, y: 50, health: 100 });
  tell('arena:entered', { playerId: 'ben', team: 'blue', x: 300, y: 50, health: 50 });
  const shot = { playerId: 'ann', team: 'red', from: { x: 80, y: 50 }, x: 300, y: 50 };
  tell('arena:shot', shot, 'k:7');
  assert.equal(arena.hits.length, 0);
  assert.equal(arena.shots.length, 1);
  tell('arena:shot', { ...shot, hit: 'ben', damage: 25, health: 25 }, 'k:8');
  assert.equal(arena.players[1].health, 25);
  tell('arena:shot', { ...shot, hit: 'ben', damage: 25, health: 0, killed: true, respawn: { x: 920, y: 80 } }, 'k:9');
  assert.deepEqual(arena.hits.map((h) => [h.words, h.value]), [['ann beats ben', '+1'], ['ann hits ben', '−25']]);
  assert.deepEqual([arena.players[1].x, arena.players[1].health], [920, 100]);
  pass(1_000);
  assert.equal(arena.shots.length, 0);
});

test('another filter is asked for live, and takes away whom it doesn’t show any more', async () => {
  const { arena, asked, tell } = await opened();
  arena.enter({ user: 'ann', roles: ['player'] });
  tell('arena:entered', { playerId: 'ann', team: 'red', x: 80, y: 50 });
  tell('arena:entered', { playerId: 'ben', team: 'blue', x: 300, y: 50 });
  arena.choose({ team: true, hits: false });
  assert.deepEqual(asked.at(-1), { filter: arenaFilter({ team: 'red', hits: false }) });
  assert.deepEqual(arena.players.map((p) => p.key), ['ann']);
  arena.choose({ team: false, hits: false });
  assert.deepEqual(asked.at(-1), { filter: undefined });
});

test('a player steps from where they are, shoots at the nearest, and reads why they may not', async () => {
  const { arena, asked, tell } = await opened([
    Promise.resolve({ status: 'sent' }),
    Promise.reject({ code: 'rejected', message: 'too far: 600 m at once' }),
    Promise.reject({ code: 'unavailable', message: 'no answer' }),
  ]);
  arena.enter({ user: 'ann', roles: ['player'] });
  assert.deepEqual(asked[0], ['arena:entered', { roomId: 'r', playerId: 'ann' }, false]);
  tell('arena:entered', { playerId: 'ann', team: 'red', x: 80, y: 50 });
  tell('arena:entered', { playerId: 'ben', team: 'blue', x: 300, y: 50 });
  await arena.step(1, 0, 4_000);
  assert.equal(arena.said.words, 'Denied: too far: 600 m at once.');
  assert.equal(arena.said.denied, true);
  await arena.shoot();
  assert.deepEqual(asked.at(-1), ['arena:shot', { roomId: 'r', playerId: 'ann', x: 300, y: 50 }, true]);
  assert.equal(arena.said.words, 'The game’s logic doesn’t answer (no answer). Try again.');
});

test('the score is the game’s, with those who have none yet', async () => {
  const { arena, entities, tell } = await opened();
  tell('arena:entered', { playerId: 'ann', team: 'red', x: 80, y: 50 });
  tell('arena:entered', { playerId: 'cem', team: 'blue', x: 80, y: 50 });
  assert.deepEqual(arena.scores.map((s) => [s.key, s.points]), [['ann', undefined], ['cem', undefined]]);
  entities.push({ kind: 'game', id: 'r', state: { round: 3, endsAt: 1_012_300, scores: { ben: 2, cem: 4 } } });
  assert.deepEqual(arena.scores.map((s) => [s.key, s.points]), [['cem', 4], ['ben', 2], ['ann', 0]]);
  assert.deepEqual(arena.scores.map((s) => s.team), ['blue', undefined, 'red']);
  assert.equal(arena.left, 13);
  assert.equal(arena.title, 'Room r, round 3');
});
