import assert from 'node:assert/strict';
import { afterEach, beforeEach, test } from 'node:test';
import { act, Page, turn } from './page.js';
import { Server } from './server.js';

const { Activity, createElement: el, startTransition, useLayoutEffect, useState, version } = await import('react');
const { useConnection, useEntity, useEvent, useKpi, usePublish, useStream } = await import('@millrace/react');
const { Millrace } = await import('@millrace/client');
const { WebSocket } = await import('ws');

let server;
let page;
beforeEach(async () => {
  server = await Server.start();
  page = new Page(server);
});
afterEach(async () => {
  await page.close();
  await server.stop();
});

function Numbers({ stream = 'orders', options, id = 'n', seen }) {
  const { events, status, error, gap } = useStream(stream, options);
  const numbers = events.map(({ data }) => data.data.n).join(' ');
  seen?.push(numbers);
  return el('p', { id }, [numbers, status, error?.code, gap].filter(Boolean).join('|'));
}

const shown = (id = 'n') => page.find(`#${id}`)?.textContent;
const order = (n, more = {}) => server.publish('orders', 'order:created', { n, ...more });
const subscribed = (stream = 'orders') => server.asked('subscribe').filter((message) => message.stream === stream);

test(`React is ${version}, and the page is in strict mode`, async () => {
  let renders = 0;
  await page.show(el(() => (renders++, null)));
  assert.equal(renders, 2);
});

test('two components on one stream share one subscription, in strict mode too, and show the same', async () => {
  await page.show(el(Numbers, { id: 'a' }), el(Numbers, { id: 'b', options: { limit: 2 } }));
  await page.until(() => shown('a') === 'live' && shown('b') === 'live');
  [1, 2, 3].forEach((n) => order(n));
  await page.until(() => shown('a') === '1 2 3|live');
  assert.equal(shown('b'), '2 3|live');
  assert.equal(subscribed().length, 1);
  assert.equal(server.asked('auth').length, 1, 'one connection');
});

test('two components on one stream with different filters each get theirs', async () => {
  const of = (country) => ({ options: { filter: { 'data.country': country } }, id: country });
  await page.show(el(Numbers, of('FR')), el(Numbers, of('DE')), el(Numbers, { ...of('FR'), id: 'FR2' }));
  await page.until(() => ['FR', 'DE', 'FR2'].every((id) => shown(id) === 'live'));
  order(1, { country: 'FR' });
  order(2, { country: 'DE' });
  order(3, { country: 'FR' });
  await page.until(() => shown('FR') === '1 3|live' && shown('DE') === '2|live');
  assert.equal(shown('FR2'), '1 3|live');
  assert.equal(subscribed().length, 2);
});

test('a filter that is written anew in each render is the same one; another replaces it', async () => {
  const show = (country) => page.show(el(Numbers, { options: { filter: { 'data.country': country } } }));
  await show('FR');
  await page.until(() => shown() === 'live');
  order(1, { country: 'FR' });
  await page.until(() => shown() === '1|live');
  await show('FR');
  assert.equal(subscribed().length, 1);
  await show('DE');
  await page.until(() => shown() === 'live');
  order(2, { country: 'FR' });
  order(3, { country: 'DE' });
  await page.until(() => shown() === '3|live');
  await page.until(() => server.subscriptions === 1);
});

test('what goes and comes back at once keeps its subscription and its events', async () => {
  await page.show(el(Numbers, { key: 1 }));
  await page.until(() => shown() === 'live');
  order(1);
  await page.until(() => shown() === '1|live');
  await page.show(el(Numbers, { key: 2 }));
  assert.equal(shown(), '1|live');
  assert.equal(subscribed().length, 1);
});

test('without a stream nothing is followed, and only events of the types that are asked for are kept', async () => {
  await page.show(el(Numbers, { stream: null }));
  await turn(30);
  assert.deepEqual([shown(), subscribed().length], ['idle', 0]);
  await page.show(el(Numbers, { options: { types: 'order:created' } }), el(Numbers, { id: 'b', options: { types: ['order:updated'] } }));
  await page.until(() => shown() === 'live');
  order(1);
  server.publish('orders', 'order:updated', { n: 2 });
  await page.until(() => shown('b') === '2|live');
  assert.equal(shown(), '1|live');
  assert.equal(subscribed().length, 1, 'types are chosen in the page');
});

test('across a drop each event is shown once; after one that can’t be resumed it is said', async () => {
  await page.show(el(Numbers));
  await page.until(() => shown() === 'live');
  order(1);
  await page.until(() => shown() === '1|live');
  server.cut();
  order(2);
  await page.until(() => shown() === '1 2|live');
  server.cut();
  server.restart('orders');
  await page.until(() => shown() === '1 2|live|not_recovered');
  order(3);
  await page.until(() => shown() === '1 2 3|live|not_recovered');
});

test('a stream that is refused says why, and what came of it is shown no more', async () => {
  server.denied.add('payments');
  await page.show(el(Numbers), el(Numbers, { stream: 'payments', id: 'p' }));
  await page.until(() => shown('p') === 'refused|permission_denied');
  await page.until(() => shown() === 'live');
  order(1);
  await page.until(() => shown() === '1|live');
  server.deny('orders');
  await page.until(() => shown() === 'refused|permission_denied');
});

test('the handler of an event is the last render’s, hears each event once, and renders nothing', async () => {
  const heard = [];
  let renders = 0;
  function Ear({ name, types }) {
    renders++;
    useEvent('orders', types, ({ data }) => heard.push(`${name} ${data.type} ${data.data.n}`));
    return null;
  }
  const show = (name) => page.show(el(Ear, { name, types: 'order:created' }), el(Ear, { name: 'all', types: undefined }), el(Numbers));
  await show('first');
  await page.until(() => shown() === 'live');
  order(1);
  await page.until(() => heard.length === 2);
  await show('second');
  const before = renders;
  server.publish('orders', 'order:updated', { n: 2 });
  order(3);
  await page.until(() => heard.length === 5);
  assert.deepEqual(heard, ['first order:created 1', 'all order:created 1', 'all order:updated 2', 'second order:created 3', 'all order:created 3']);
  assert.equal(renders, before);
  assert.equal(subscribed().length, 1);
});

test('each entity is loaded, follows its changes, and is rendered for its own alone', async () => {
  const change = (id, data, more) => server.publish('orders', 'order:updated', data, { entity: { kind: 'order', id }, ...more });
  const renders = { o1: 0, o2: 0 };
  function Order({ id }) {
    renders[id]++;
    const { state, version, status } = useEntity('orders', 'order', id);
    return el('p', { id }, state === undefined ? status : `${state.status} ${version}`);
  }
  change('o1', { status: 'paid' });
  await page.show(el(Order, { id: 'o1' }), el(Order, { id: 'o2' }), el(Order, { id: undefined }));
  await page.until(() => shown('o1') === 'paid 1');
  assert.equal(shown('o2'), 'live', 'there is none');
  const before = renders.o1;
  change('o2', { status: 'paid' });
  change('o2', { total: 3 });
  await page.until(() => shown('o2') === 'paid 2');
  assert.equal(renders.o1, before);
  change('o1', { status: 'sent' });
  await page.until(() => shown('o1') === 'sent 2');
  change('o2', {}, { deleted: true });
  await page.until(() => shown('o2') === 'live');
  assert.equal(subscribed().length, 1, 'one for all entities of the stream');
  server.deny('orders');
  await page.until(() => shown('o1') === 'refused');
});

if (Activity !== undefined) {
  test('what is hidden follows nothing, and goes on when it is shown again, with its provider or within it', async () => {
    const { MillraceProvider } = await import('@millrace/react');
    const heard = [];
    function Ear() {
      useEvent('orders', undefined, ({ data }) => heard.push(data.data.n));
      return el(Numbers);
    }
    const provider = el(MillraceProvider, { url: server.url, WebSocket, share: false }, el(Ear));
    for (const [inside, connections] of [[el(Ear), 1], [provider, 2]]) {
      const show = (mode) => page.show(el(Activity, { mode, key: connections }, inside));
      await show('visible');
      await page.until(() => shown() === 'live');
      order(1);
      await page.until(() => heard.at(-1) === 1);
      await show('hidden');
      await page.until(() => server.subscriptions === 0 && server.connections === 1);
      order(2);
      await show('visible');
      await page.until(() => server.subscriptions === 1 && server.connections === connections);
      order(3);
      await page.until(() => heard.at(-1) === 3);
      assert.deepEqual(heard.splice(0), [1, 3]);
    }
  });
}

function Figure({ name = 'revenue', id = 'k' }) {
  const { value, change, status, error } = useKpi(name);
  return el('p', { id }, [value, change, status, error?.code].filter((part) => part !== undefined).join(' '));
}

test('a KPI is read and then follows its stream; read again after a drop', async () => {
  server.kpis = [{ name: 'revenue', value: 100, count: 2 }, { name: 'orders', value: 2, count: 2 }];
  await page.show(el(Figure), el(Figure, { name: 'orders', id: 'o' }), el(Figure, { id: 'k2' }));
  await page.until(() => shown('k') === '100 live' && shown('o') === '2 live');
  server.publish('kpi:revenue', 'kpi:update', { kpi: 'revenue', value: 129.5, change: 29.5, count: 3 });
  await page.until(() => shown('k') === '129.5 29.5 live');
  assert.equal(shown('k2'), '129.5 29.5 live');
  server.kpis = [{ name: 'revenue', value: 200, count: 3 }];
  server.cut();
  await page.until(() => shown('k') === '200 live');
  await page.until(() => shown('o') === '2 live not_found', 'what may not be read any more says so');
});

test('a KPI whose stream is refused is shown as it was read', async () => {
  server.kpis = [{ name: 'revenue', value: 7 }];
  server.denied.add('kpi:revenue');
  await page.show(el(Figure), el(Figure, { name: '', id: 'none' }));
  await page.until(() => shown('k') === '7 refused permission_denied');
  assert.equal(shown('none'), 'idle');
});

test('what the stream told is not overwritten by a reading that began before it', async () => {
  server.kpis = [{ name: 'revenue', value: 1 }];
  let answer;
  const held = new Promise((resolve) => (answer = resolve));
  const slow = async (...asked) => {
    const response = await fetch(...asked);
    asked[0].endsWith('/api/kpis') && (await held);
    return response;
  };
  await page.close();
  page = new Page(server, { fetch: slow });
  await page.show(el(Figure));
  await page.until(() => shown('k') === 'live' && server.asked('request').some(({ url }) => url === '/api/kpis'));
  server.publish('kpi:revenue', 'kpi:update', { value: 2 });
  await page.until(() => shown('k') === '2 live');
  answer();
  await turn(30);
  assert.equal(shown('k'), '2 live');
});

test('publishing is answered or refused, by the same function in each render', async () => {
  let publish;
  function Publisher() {
    publish = usePublish();
    return el(Numbers);
  }
  await page.show(el(Publisher));
  await page.until(() => shown() === 'live');
  const first = publish;
  const { status } = await act(() => publish({ type: 'order:created', data: { n: 5 } }));
  assert.equal(status, 'committed');
  await page.until(() => shown() === '5|live');
  await act(() => assert.rejects(publish({ type: 'refused', data: {} }), { code: 'permission_denied' }));
  await page.show(el(Publisher));
  assert.equal(publish, first);
  await page.close();
  await turn();
  await assert.rejects(publish({ type: 'order:created', data: {} }), { code: 'closed' });
  await page.until(() => server.connections === 0);
});

test('the connection tells its state, who one is, and what waits', async () => {
  let connection;
  let publish;
  function Status() {
    connection = useConnection();
    publish = usePublish();
    return connection.state.name;
  }
  await page.close();
  page = new Page(server, { token: 'staff' });
  await page.show(el(Status));
  await page.until(() => page.text === 'live');
  assert.deepEqual([connection.identity.user, connection.transport, connection.pending], ['staff', 'websocket', 0]);
  server.cut();
  await page.until(() => page.text === 'offline');
  let answered;
  await act(async () => {
    answered = publish({ type: 'order:created', data: {} });
  });
  await page.until(() => connection.pending === 1);
  await act(async () => connection.connect());
  await page.until(() => page.text === 'live' && connection.pending === 0);
  assert.equal((await answered).status, 'committed');
});

test('another token that is a text is another connection; a function may be another in each render', async () => {
  const { MillraceProvider } = await import('@millrace/react');
  const show = (token) => page.show(el(MillraceProvider, { url: server.url, WebSocket, share: false, token }, el(Numbers)));
  await show('ann');
  await page.until(() => shown() === 'live');
  order(1);
  await page.until(() => shown() === '1|live');
  await show('bob');
  await page.until(() => shown() === 'live');
  assert.deepEqual(server.asked('auth').map(({ token }) => token).filter(Boolean), ['ann', 'bob']);
  await show(() => 'cat');
  await page.until(() => shown() === 'live' && server.asked('auth').at(-1).token === 'cat');
  await show(() => 'dan');
  await turn(30);
  assert.equal(server.asked('auth').at(-1).token, 'cat');
  server.cut();
  await page.until(() => server.asked('auth').at(-1).token === 'dan');
});

test('a client of the page’s own stays open; one that is closed for good breaks no page', async () => {
  const client = new Millrace({ url: server.url, WebSocket, share: false });
  await page.close();
  page = new Page(server, { client });
  await page.show(el(Numbers));
  await page.until(() => shown() === 'live');
  await page.show(null);
  await page.until(() => server.subscriptions === 0);
  assert.equal(client.state.name, 'live');
  client.close();
  await page.show(el(Numbers), el(Figure));
  assert.deepEqual([shown(), shown('k')], ['refused|closed', 'refused closed']);
});

test('a hook outside of a provider says so', async () => {
  const { renderToString } = await import('react-dom/server');
  assert.throws(() => renderToString(el(Numbers)), /no <MillraceProvider> around/);
});

/** Takes long enough that React lets events in between two of them. */
function Slow({ seen }) {
  const { state } = useEntity('orders', 'order', 'o1');
  for (const end = performance.now() + 3; performance.now() < end; );
  seen.add(state?.n);
  return el('li', null, state?.n);
}

test('all that is painted together shows the same, though events come while it is rendered', async () => {
  globalThis.IS_REACT_ACT_ENVIRONMENT = false;
  const change = (id, n) => server.publish('orders', 'order:updated', { n }, { entity: { kind: 'order', id } });
  const seen = new Set();
  const painted = [];
  let mixed = 0;
  let again;
  // Shows another entity of the same store: nothing is rendered for it when o1 changes, so nothing interrupts the slow ones.
  const Other = () => el('p', { id: 'other' }, useEntity('orders', 'order', 'o2').state?.n);
  function Slows() {
    const [round, setRound] = useState(0);
    again = () => setRound(round + 1);
    useLayoutEffect(() => {
      mixed = Math.max(mixed, seen.size);
      seen.clear();
      painted.push(new Set([...page.find('ul').children].map(({ textContent }) => textContent)));
    }, [round]);
    return el('ul', { key: round }, round > 0 && Array.from({ length: 30 }, (_, i) => el(Slow, { key: i, seen })));
  }
  const until = async (holds) => {
    while (!holds()) {
      await new Promise((turned) => setTimeout(turned, 1));
    }
  };
  try {
    change('o1', 0);
    change('o2', 0);
    page.showNow(el(Slows), el(Other));
    await until(() => shown('other') === '0');
    for (let n = 1; n <= 4; n++) {
      const before = painted.length;
      startTransition(again);
      await until(() => seen.size > 0);
      change('o1', n);
      await until(() => painted.length > before);
    }
    assert.ok(mixed > 1, 'no event came in the middle of a render');
    painted.forEach((texts) => assert.ok(texts.size <= 1, [...texts].join(' / ')));
    assert.equal(subscribed().length, 1);
  } finally {
    globalThis.IS_REACT_ACT_ENVIRONMENT = true;
  }
});
