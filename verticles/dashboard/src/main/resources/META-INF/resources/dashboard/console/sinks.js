import { read, send, undone } from '../api.js';
import { el, say } from '../dom.js';
import { ago, count } from '../format.js';
import { address } from './address.js';
import { confirmed } from './confirm.js';
import { Reading } from './reading.js';
import { table } from './table.js';
import { cells } from './tasks.js';

/** What sinks keep is counted in PostgreSQL: often enough to follow a redrive. */
const EVERY = 5_000;
/** So many dead events more are shown with each click; who wants those after the last redrives. */
const PAGE = 100;
const MOST = 1_000;

const events = (n) => `${count(n)} ${n === 1 ? 'event' : 'events'}`;
const sent = (n) => `${events(n)} ${n === 1 ? 'is' : 'are'} sent again`;

/** @type {import('./views.js').View} */
export const view = {
  name: 'sinks',
  title: 'Sinks',
  manage: ['sinks'],
  open(root, { token, changed, params }) {
    const note = el('p', { class: 'note', role: 'status' });
    const said = el('p', { class: 'note', role: 'status', 'data-testid': 'said' });
    const sinks = table(['Sink', 'Kind', 'State', 'Node', 'Waiting', 'Last message', 'What is or was wrong', 'Parked', 'Dead', ''], 'sinks');
    const detail = el('section', { hidden: true, 'data-testid': 'sink-detail' });
    let listed;
    let chosen = params.get('sink');
    let open;

    const reading = new Reading('/api/sinks', EVERY, token, (answer) => {
      listed = answer?.sinks ?? listed;
      changed();
    });

    /** Does what was confirmed, and says what came of it. */
    async function act(path, body, words) {
      try {
        say(said, words(await send('POST', `/api/sinks/${path}`, body, token())));
      } catch (e) {
        say(said, undone(e));
      }
      reading.now();
    }

    root.append(el('section', {}, el('h2', {}, 'Sinks: what goes out to other systems'), note, said, sinks.root), detail);

    function show() {
      const empty = listed?.length === 0 ? 'There is no sink: a file in conf/sinks makes one.' : '';
      say(note, reading.problem || (listed === undefined ? 'Asking …' : empty));
      note.hidden = note.textContent === '';
      sinks.root.hidden = !(listed?.length > 0);
      sinks.show((listed ?? []).map(row));
      const sink = listed?.find((each) => each.sink === chosen);
      if (open?.name !== sink?.sink) {
        open = sink && details(detail, sink.sink, { token, changed, act });
        detail.hidden = sink === undefined;
      }
      sink && open.show(sink);
    }

    return {
      show,
      params(next) {
        chosen = next.get('sink');
        say(said, '');
        show();
      },
      close: () => reading.close(),
    };
  },
};

function row(sink) {
  const look = el('a', { href: address('sinks', { sink: sink.sink }), 'data-testid': 'look-sink' }, 'Look');
  const kept = (number) => ({ text: number === undefined ? '–' : count(number), number: true });
  const dead = { ...kept(sink.dead), level: sink.dead > 0 ? 'warn' : undefined };
  const [kind, state, ...rest] = cells(sink);
  const shown = sink.disabled ? { text: 'disabled', level: 'bad', title: sink.disabled } : state;
  return { key: sink.sink, cells: [sink.sink, kind, shown, ...rest, kept(sink.waiting), dead, look] };
}

/** One sink: what it keeps, and what can be done about it. */
function details(root, name, { token, changed, act }) {
  const disabled = el('p', { class: 'bad' });
  const enable = el('button', { type: 'button', 'data-testid': 'enable-sink' }, 'Enable');
  const redrive = el('button', { type: 'button', 'data-testid': 'redrive-sink' }, 'Redrive all dead events');
  const dead = el('p', { class: 'note', 'data-testid': 'dead-words' });
  const listed = table(['Stream', 'Position', 'Attempts', 'Since', 'Error'], 'dead-events');
  const more = el('button', { type: 'button', class: 'plain', hidden: true }, 'More');
  const known = { sink: undefined, page: undefined, limit: PAGE, problem: '', round: 0 };

  /** Those that are shown, and more with each click: from the oldest on, since others are sent meanwhile. */
  async function load() {
    const round = ++known.round;
    const answer = await read(`/api/sinks/dead?sink=${encodeURIComponent(name)}&limit=${known.limit}`, token()).then(
      (page) => ({ page, problem: '' }),
      (e) => ({ problem: e.message }),
    );
    if (round === known.round) {
      Object.assign(known, answer);
      changed();
    }
  }

  enable.addEventListener('click', async () => {
    const words = 'Its streams and parked events go on where they are. An endpoint that still answers 410 is disabled again.';
    if (await confirmed(`Enable ${name}?`, words, 'Enable')) {
      act('enable', { sink: name }, ({ wasDisabled }) => (wasDisabled ? `${name} is enabled.` : `${name} was not disabled; it starts again.`));
    }
  });
  redrive.addEventListener('click', async () => {
    const words = `${sent(known.sink.dead)}, after what has passed meanwhile; as many at once as may wait.`;
    if (await confirmed(`Redrive the dead events of ${name}?`, words, 'Redrive')) {
      act('redrive', { sink: name }, ({ redriven, remaining }) => `${sent(redriven)}${remaining > 0 ? `; ${count(remaining)} ${remaining === 1 ? 'remains' : 'remain'}: redrive again` : ''}.`);
    }
  });
  more.addEventListener('click', () => {
    known.limit += PAGE;
    load();
  });

  root.replaceChildren(
    el('h2', {}, name),
    disabled,
    el('div', { class: 'buttons' }, enable, redrive),
    replay(name, act),
    dead,
    listed.root,
    more,
  );
  return {
    name,
    show(sink) {
      if (sink !== known.sink) {
        const other = known.sink === undefined || known.problem !== '' || sink.dead !== known.sink.dead;
        known.sink = sink;
        other && load();
      }
      say(disabled, sink.disabled ?? '');
      disabled.hidden = sink.disabled === undefined;
      enable.hidden = sink.disabled === undefined;
      redrive.hidden = !(sink.dead > 0);
      const shown = known.page?.dead ?? [];
      const words = sink.dead > 0 ? `${count(sink.dead)} dead ${sink.dead === 1 ? 'event' : 'events'}, the oldest first:` : 'No event of this sink is dead.';
      say(dead, known.problem || (known.page === undefined ? 'Asking …' : words));
      listed.root.hidden = shown.length === 0;
      more.hidden = known.page?.next === undefined || known.limit === MOST;
      listed.show(shown.map(({ id, stream, position, attempts, since, error }) => ({
        key: id,
        cells: [stream, position, { text: count(attempts), number: true }, ago(Date.parse(since)), error ?? '–'],
      })));
    },
  };
}

/** The form of a replay: a stream, and from where. */
function replay(name, act) {
  const stream = el('input', { required: true, name: 'stream', maxlength: 256, 'data-testid': 'replay-stream', placeholder: 'orders' });
  const from = el('input', { required: true, name: 'from', maxlength: 64, 'data-testid': 'replay-from', placeholder: '2026-01-31T09:30:00Z or k3x:120' });
  const form = el(
    'form',
    { class: 'tools', 'data-testid': 'replay' },
    el('label', {}, 'Replay stream ', stream),
    el('label', {}, 'from ', from),
    el('button', { class: 'plain', 'data-testid': 'replay-sink' }, 'Replay'),
  );
  form.addEventListener('submit', async (event) => {
    event.preventDefault();
    const where = from.value.trim();
    const body = { sink: name, stream: stream.value.trim(), ...(/^\d{4}-/.test(where) ? { time: where } : { position: where }) };
    const words = `Everything of ${body.stream} after ${where} is sent to ${name} once more. Its receiver gets repeats.`;
    if (await confirmed(`Replay ${body.stream}?`, words, 'Replay')) {
      act('replay', body, ({ position }) => `${body.stream} is sent again from ${position}.`);
    }
  });
  return form;
}
