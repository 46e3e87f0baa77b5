import assert from 'node:assert/strict';
import { mock, test } from 'node:test';
import { Reading } from '../../main/resources/META-INF/resources/dashboard/console/reading.js';

globalThis.document = Object.assign(new EventTarget(), { hidden: false });
const settled = () => new Promise((go) => setImmediate(go));
const seen = (hidden) => {
  document.hidden = hidden;
  document.dispatchEvent(new Event('visibilitychange'));
  return settled();
};
const later = async (ms) => {
  mock.timers.tick(ms);
  await settled();
};

/** Answers by a list, and notes what it was asked. */
function server(answers) {
  const asked = [];
  globalThis.fetch = async (path) => {
    asked.push(path);
    return answers.shift()();
  };
  return asked;
}
const well = () => Response.json({ nodes: [] });

test('a path is read again after a while, and not while nobody sees the page', async (t) => {
  mock.timers.enable({ apis: ['setTimeout', 'Date'] });
  t.after(() => mock.timers.reset());
  const asked = server([well, well, well]);
  const taken = [];
  const reading = new Reading('/api/cluster', 2_000, () => 't', (answer) => taken.push(answer));
  await settled();
  await later(1_999);
  assert.equal(asked.length, 1);
  await later(1);
  assert.equal(asked.length, 2);
  await seen(true);
  await seen(false);
  await later(1_999);
  await seen(true);
  await later(60_000);
  assert.equal(asked.length, 2, 'no sooner when it is hidden and seen again, and not while it is hidden');
  await seen(false);
  await later(0);
  assert.deepEqual([asked.length, taken.length], [3, 3], 'at once when it is seen again');
  reading.close();
  await later(60_000);
  await seen(false);
  assert.equal(asked.length, 3);
});

test('what can’t be read is told in words, and is tried again no earlier than the server says', async (t) => {
  mock.timers.enable({ apis: ['setTimeout', 'Date'] });
  t.after(() => mock.timers.reset());
  const busy = () => Response.json({ code: 'overloaded', detail: 'too many wait' }, { status: 503, headers: { 'retry-after': '5' } });
  const away = () => {
    throw new TypeError('failed to fetch');
  };
  const asked = server([busy, away, well]);
  const reading = new Reading('/api/cluster', 2_000, () => 't', () => {});
  await settled();
  assert.equal(reading.problem, 'too many wait');
  await later(4_999);
  assert.equal(asked.length, 1);
  await later(1);
  assert.match(reading.problem, /can’t be reached/);
  await later(2_000);
  assert.equal(reading.problem, '');
  reading.close();
});

test('what is asked anew is read at once, and what was asked before is of no use', async (t) => {
  mock.timers.enable({ apis: ['setTimeout', 'Date'] });
  t.after(() => mock.timers.reset());
  const answers = [];
  const taken = [];
  const reading = new Reading(() => new Promise((go) => answers.push(go)), 5_000, () => 't', (answer) => taken.push(answer));
  await reading.now();
  assert.equal(answers.length, 1, 'one at a time');
  reading.again();
  reading.every = 1_500;
  answers[1]('now');
  answers[0]('before');
  await settled();
  assert.deepEqual(taken, ['now']);
  await later(1_499);
  assert.equal(answers.length, 2);
  await later(1);
  assert.equal(answers.length, 3);
  reading.close();
  answers[2]('late');
  await settled();
  reading.again();
  assert.deepEqual([taken.length, answers.length], [1, 3], 'nothing after the end');
});
