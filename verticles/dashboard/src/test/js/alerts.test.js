import assert from 'node:assert/strict';
import { test } from 'node:test';
import { AlertHistory, guide, sorted, summary, title } from '../../main/resources/META-INF/resources/dashboard/model/alerts.js';

const alert = (name, about, since, more = {}) => ({ alert: name, about, since: `2026-01-31T0${since}:00:00Z`, severity: 'error', ...more });

test('an alert has a name for people', () => {
  assert.equal(title({ alert: 'breaker-open', about: 'kafka' }), 'Breaker open: kafka');
  assert.equal(title({ alert: 'queue-age', about: '' }), 'Queue age');
});

test('what nobody looks after is first, the worst and then the oldest; what is silenced stands apart', () => {
  const answer = {
    alerts: [
      alert('queue-age', '', 1, { acknowledged: { by: 'ann' } }),
      alert('clock-skew', '', 1, { severity: 'warning' }),
      alert('breaker-open', 'redis', 3),
      alert('breaker-open', 'kafka', 2),
      alert('disk-full', 'a/1', 2, { silenced: { by: 'bob' } }),
    ],
    silences: [
      { alert: 'disk-full', about: 'a/1', by: 'bob' },
      { alert: 'queue-age', about: 'x', by: 'bob' },
    ],
  };
  const { on, silenced } = sorted(answer);
  assert.deepEqual(on.map(({ key }) => key), ['breaker-open kafka', 'breaker-open redis', 'clock-skew ', 'queue-age ']);
  assert.deepEqual(silenced.map(({ on: now }) => now?.key), ['disk-full a/1', undefined]);
  assert.equal(summary({ on, silenced }), '3 alerts need somebody, 1 acknowledged, 2 silenced.');
  assert.equal(summary({ on: [on[0]], silenced: [] }), '1 alert needs somebody.');
  assert.equal(summary({ on: [], silenced: [] }), 'Nothing is wrong.');
  assert.equal(summary({ on: [on[0]], silenced: [] }, 'PostgreSQL does not answer'), '1 alert needs somebody, as far as is known.');
});

test('the history holds alerts alone, each once, the newest first, and not without end', () => {
  const history = new AlertHistory();
  const message = (id, minute, data, type = 'system:alert') => ({ timestamp: new Date(60_000 * minute).toISOString(), data: { id, type, data } });
  history.apply(message('1', 1, { title: 'queue age', message: 'old', state: 'raised' }));
  history.apply(message('2', 2, { title: 'over: queue age', message: 'No longer: old', state: 'resolved' }));
  history.apply(message('2', 2, { title: 'over: queue age' }));
  history.apply(message('3', 3, {}, 'system:notification'));
  history.apply(message('4', 0, { component: 7 }));
  assert.deepEqual(
    history.lines.map(({ key, state, title: name }) => [key, state, name]),
    [['2', 'resolved', 'over: queue age'], ['1', 'raised', 'queue age'], ['4', 'raised', 'alert']],
  );
  for (let i = 10; i < 500; i++) {
    history.apply(message(`${i}`, i, {}));
  }
  assert.deepEqual([history.lines.length, history.lines[0].key], [200, '499']);
});

test('a section of the guide is its paragraphs and steps; links are their texts, and nothing is markup', () => {
  const text = 'The oldest **event**\nis `old`.\n\n1. Is [it](#a) on? Then\n   look.\n2. <b>Restart</b> *now*.\n\nElse wait.';
  assert.deepEqual(
    guide(text).map(({ step, parts }) => [step, parts.map((part) => (part.code ? `(${part.text})` : part.text)).join('')]),
    [[false, 'The oldest event is (old).'], [true, 'Is it on? Then look.'], [true, '<b>Restart</b> now.'], [false, 'Else wait.']],
  );
});
