import assert from 'node:assert/strict';
import { test } from 'node:test';
import { AgentBook, Books, figureOf, unfollowed } from '../../main/resources/META-INF/resources/dashboard/model/betting.js';

let position = 0;
const told = (type, data, at = '2026-01-31T09:30:00Z', more = {}) => ({
  timestamp: at,
  position: `e:${++position}`,
  data: { id: `id-${position}`, type, data },
  ...more,
});
const wager = (wagerId, status, action, at) =>
  told(`wager:${action}`, { wagerId, status, action, amount: 10, odds: 2.5, customerId: 'ada', agentId: 'north' }, at);

test('a wager keeps its place when it is settled, and the newest is first', () => {
  const north = new AgentBook('north');
  const south = new AgentBook('south');
  north.apply(wager('w1', 'pending', 'placed', '2026-01-31T09:30:00Z'), true);
  south.apply(wager('w2', 'pending', 'placed', '2026-01-31T09:31:00Z'), false);
  north.apply(wager('w1', 'won', 'settled', '2026-01-31T09:32:00Z'), false);
  const { wagers } = new Books([north, south]);
  assert.deepEqual(wagers.map((w) => [w.key, w.status]), [['w2', 'pending'], ['w1', 'won']]);
});

test('when a wager was placed is known of its placing alone, and those of which it is not are last and leave first', () => {
  const book = new AgentBook('north');
  const minute = (n) => new Date(Date.UTC(2026, 0, 31, 9, n)).toISOString();
  book.apply(wager('old', 'won', 'settled', minute(58)), true);
  book.apply(wager('w0', 'pending', 'placed', minute(0)), true);
  book.apply(wager('w0', 'won', 'settled', minute(59)), false);
  assert.deepEqual(new Books([book]).wagers.map((w) => [w.key, w.placed]), [['w0', Date.parse(minute(0))], ['old', undefined]]);
  for (let n = 1; n < 60; n++) {
    book.apply(wager(`w${n}`, 'pending', 'placed', minute(n)), false);
  }
  assert.deepEqual([book.wagers.size, book.wagers.has('old'), book.wagers.has('w0')], [60, false, true]);
});

test('what is older than what was known changes no wager and no account', () => {
  const book = new AgentBook('north');
  book.apply(wager('w1', 'won', 'settled'), false);
  book.apply({ ...wager('w1', 'pending', 'placed'), superseded: true }, false);
  assert.equal(new Books([book]).wagers[0].status, 'won');
  book.apply(told('account:updated', { customerId: 'ada', name: 'Ada', balance: 90 }), false);
  book.stands('account', [{ id: 'ada', state: { customerId: 'ada', balance: 100 } }, { id: 'ben', state: { customerId: 'ben', balance: 5 } }]);
  assert.deepEqual(new Books([book]).accounts.map((a) => [a.name, a.balance]), [['Ada', 90], ['ben', 5]]);
});

test('an agent’s commission is the last total that was told', () => {
  const book = new AgentBook('north');
  assert.deepEqual(new Books([book]).commissions, []);
  book.stands('agent', [{ id: 'north', state: { total: 3 } }]);
  book.apply(told('commission:earned', { agentId: 'north', wagerId: 'w1', commission: 1, total: 4 }), false);
  assert.deepEqual(new Books([book]).commissions, [{ key: 'north', total: 4 }]);
});

test('agents whose stream is not followed are named, also beside others who are', () => {
  const follow = (agent, status, problem = '') => ({ status, problem, model: { agent } });
  assert.equal(unfollowed([follow('north', 'following')], []), '');
  const some = [follow('north', 'following'), follow('south', 'denied'), follow('east', 'failed', 'no such stream')];
  assert.equal(unfollowed(some, ['west']), 'Not shown: south (denied), east (no such stream), west (too many agents).');
});

test('a figure that is added up is compared with the period before, one that stands with its beginning', () => {
  const said = { value: 500, windows: { today: { value: 40, before: 55 } } };
  assert.deepEqual(figureOf({}, said, 'today'), { value: 40, change: -15 });
  assert.deepEqual(figureOf({ stock: true }, said, 'today'), { value: 500, change: 40 });
  assert.deepEqual(figureOf({}, undefined, 'today'), { value: undefined, change: undefined });
});
