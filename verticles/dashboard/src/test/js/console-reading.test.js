import assert from 'node:assert/strict';
import { mock, test } from 'node:test';
import { read, send, undone } from '../../main/resources/META-INF/resources/dashboard/api.js';
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

test('a server that keeps silent is told of, and is asked again', async (t) => {
  mock.timers.enable({ apis: ['setTimeout', 'Date'], now: 1_000 });
  t.after(() => mock.timers.reset());
  const limits = [];
  t.mock.method(AbortSignal, 'timeout', (ms) => {
    const limit = new AbortController();
    limits.push({ ms, over: () => limit.abort(new DOMException('over', 'TimeoutError')) });
    return limit.signal;
  });
  const asked = [];
  globalThis.fetch = (path, { signal }) => {
    asked.push(path);
    return asked.length < 3 ? new Promise((_, failed) => signal.addEventListener('abort', () => failed(signal.reason))) : well();
  };
  const reading = new Reading('/api/cluster', 2_000, () => 't', () => {});
  await settled();
  await later(9_000);
  assert.deepEqual([reading.problem, reading.since, limits[0].ms], ['', 1_000, 10_000]);
  limits[0].over();
  await settled();
  assert.match(reading.problem, /^Millrace has not answered for 10 s; /);
  await later(2_000);
  limits[1].over();
  await settled();
  assert.equal(reading.since, 1_000, 'of the first that was in vain');
  await later(2_000);
  assert.deepEqual([asked.length, reading.problem, reading.since], [3, '', undefined]);
  reading.close();
});

test('an answer to what is not asked any more is not taken', async () => {
  const answers = [];
  const asked = server(Array(3).fill(() => new Promise((answered) => answers.push(answered))));
  const taken = [];
  let path = '/api/connections?user=a';
  const reading = new Reading((token, within) => read(path, token, within), 60_000, () => 't', (answer) => taken.push(answer));
  await settled();
  path = '/api/connections?user=ab';
  reading.now();
  path = '/api/connections?user=abc';
  reading.now();
  answers[0](Response.json('a'));
  await settled();
  answers[1](Response.json('abc'));
  await settled();
  assert.deepEqual([asked, taken], [['/api/connections?user=a', '/api/connections?user=abc'], ['abc']]);
  reading.now();
  await settled();
  reading.close();
  answers[2](Response.json('late'));
  await settled();
  reading.now();
  await settled();
  assert.deepEqual([asked.length, taken.length], [3, 1], 'what is closed is neither told nor read');
});

test('what was refused is not done; of what nobody answered that isn’t known', async () => {
  const refused = () => Response.json({ detail: 'there is no sink' }, { status: 404 });
  const away = () => {
    throw new TypeError('failed to fetch');
  };
  server([refused, away]);
  const said = () => send('POST', '/api/sinks/enable', {}, 't').catch(undone);
  assert.equal(await said(), 'Not done: there is no sink');
  assert.match(await said(), /^Whether it was done isn’t known: Millrace can’t be reached\./);
});
