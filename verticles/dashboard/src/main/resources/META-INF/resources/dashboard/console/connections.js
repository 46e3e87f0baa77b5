import { read, send, undone } from '../api.js';
import { el, keyed, say, set } from '../dom.js';
import { ago, count, rate } from '../format.js';
import { behind, bytes, FILTERS, isSomebody, next, PAGE, silence, span, streams, subscription, summary, tone } from '../model/connections.js';
import { address } from './address.js';
import { confirmed } from './confirm.js';
import { Reading } from './reading.js';

/** A node's figures change all the time; more often than this nobody reads them. */
const EVERY_MS = 2_000;
/** After the last key, in ms. */
const PAUSE_MS = 400;
const TRANSPORTS = ['websocket', 'sse', 'poll', 'sockjs', 'tcp'];
const COLUMNS = ['User', 'Connected', 'Streams', 'Behind', 'Sent', 'Last error', ''];

/** Who is connected where, the slowest first; ended here, or kept out. */
class Connections {
  #context;
  #form;
  #words = el('p', { class: 'aside', 'data-testid': 'connections-words', role: 'status' });
  #told = el('p', { class: 'note', 'data-testid': 'connections-told', role: 'status', hidden: true });
  #rows = el('tbody');
  #pages = el('p', { class: 'buttons pages' });
  #times = el('tbody');
  #timesTable;
  #silence = el('p', { class: 'aside', 'data-testid': 'read-times-words' });
  #fields = new Map();
  #page;
  #reading;
  #pause;

  constructor(root, context) {
    this.#context = context;
    this.#form = this.#filters();
    this.#timesTable = el(
      'table',
      { class: 'times' },
      el('thead', {}, el('tr', {}, ...['Streams', 'Half within', '99 of 100 within', 'Events'].map((name, i) => el('th', { scope: 'col', class: i > 0 ? 'number' : undefined }, name)))),
      this.#times,
    );
    root.append(
      el(
        'section',
        { 'aria-label': 'Connections' },
        this.#form,
        this.#told,
        this.#words,
        el('div', { class: 'table' }, el('table', { class: 'stacked' }, el('thead', {}, el('tr', {}, ...COLUMNS.map((name) => el('th', { scope: 'col' }, name)))), this.#rows)),
        this.#pages,
      ),
      el('section', { 'aria-label': 'Delivery to the reader' }, el('h2', {}, 'From acceptance until read'), this.#silence, el('div', { class: 'table' }, this.#timesTable)),
    );
    this.params(context.params);
    this.#reading = new Reading((token, within) => read(this.#path(), token, within), EVERY_MS, context.token, (page) => {
      this.#page = page ?? this.#page;
      context.changed();
    });
  }

  #filters() {
    const fields = FILTERS.map((name) => {
      const options = name === 'transport' ? ['', ...TRANSPORTS].map((value) => el('option', { value }, value || 'any')) : undefined;
      const field = options === undefined ? el('input', { type: 'search', autocomplete: 'off', spellcheck: 'false' }) : el('select', {}, ...options);
      set(field, { name, 'data-testid': `filter-${name}` });
      this.#fields.set(name, field);
      return el('label', {}, `${name} `, field);
    });
    const form = el('form', { class: 'filters', 'aria-label': 'Which connections' }, ...fields);
    const choose = () => {
      clearTimeout(this.#pause);
      location.hash = address('connections', Object.fromEntries([...this.#fields].map(([name, field]) => [name, field.value.trim()])));
    };
    form.addEventListener('submit', (event) => {
      event.preventDefault();
      choose();
    });
    form.addEventListener('input', () => {
      clearTimeout(this.#pause);
      this.#pause = setTimeout(choose, PAUSE_MS);
    });
    return form;
  }

  params(params) {
    this.#context.params = params;
    for (const [name, field] of this.#fields) {
      const value = params.get(name) ?? '';
      if (field.value.trim() !== value) {
        field.value = value;
      }
    }
    this.#reading?.now();
  }

  /** Where the page begins. */
  get #from() {
    return Number(this.#context.params.get('from')) || 0;
  }

  #path() {
    const { params } = this.#context;
    const asked = new URLSearchParams({ limit: PAGE });
    [...FILTERS, 'from'].forEach((name) => params.get(name) && asked.set(name, params.get(name)));
    return `/api/connections?${asked}`;
  }

  show() {
    const { problem } = this.#reading;
    const read = this.#page === undefined ? '' : summary(this.#page, this.#from);
    say(this.#words, problem === '' ? read : `This can’t be read now: ${problem}`);
    set(this.#words, { class: problem === '' ? 'aside' : 'aside bad' });
    if (this.#page === undefined) {
      return;
    }
    const rows = this.#page.connections.map((connection) => ({ ...connection, key: connection.connection }));
    keyed(this.#rows, rows, () => this.#row(), (row, connection) => this.#fill(row, connection));
    this.#turn();
    say(this.#silence, silence(this.#page));
    set(this.#timesTable, { hidden: this.#page.readTimes.length === 0 });
    const times = this.#page.readTimes.map((of) => ({ ...of, key: of.namespace }));
    keyed(this.#times, times, () => el('tr', { 'data-testid': 'read-times' }, ...['', 'number', 'number', 'number'].map((name) => el('td', { class: name || undefined }))), (row, of) => {
      [of.namespace, `${rate(of.p50)} ms`, `${rate(of.p99)} ms`, count(of.count)].forEach((text, i) => say(row.children[i], text));
    });
  }

  #row() {
    const cells = COLUMNS.map((name) => el('td', { 'data-label': name || undefined }));
    const row = el('tr', { 'data-testid': 'connection' }, ...cells);
    const acts = el('div', { class: 'buttons' });
    cells.at(-1).append(acts);
    for (const [name, title, act] of [
      ['disconnect', 'Disconnect', (connection) => this.#disconnect(connection)],
      ['disconnect-user', 'All of the user', (connection) => this.#disconnectUser(connection)],
      ['revoke', 'Revoke', (connection) => this.#revoke(connection)],
    ]) {
      const button = el('button', { type: 'button', class: 'quiet', 'data-testid': name }, title);
      button.addEventListener('click', () => act(row.connection));
      acts.append(button);
    }
    return row;
  }

  #fill(row, connection) {
    row.connection = connection;
    const [user, connected, follows, lag, sent, error, acts] = row.children;
    const somebody = isSomebody(connection);
    say(user, connection.user === '' ? 'not known yet' : `${connection.user} · ${connection.roles.join(', ')}`);
    say(connected, `${ago(Date.parse(connection.since))}, ${connection.transport}, ${connection.node}`);
    set(connected, { title: `connection ${connection.connection}` });
    say(follows, streams(connection));
    set(follows, { title: connection.subscriptions.map(subscription).join('\n') });
    say(lag, behind(connection.lag));
    set(lag, { class: tone(connection) || undefined });
    say(sent, bytes(connection.sentBytes));
    say(error, connection.lastError === undefined ? '–' : `${connection.lastError.code}, ${span(Math.max(0, Date.now() - Date.parse(connection.lastError.at)))} ago: ${connection.lastError.message}`);
    const [, all, revoke] = acts.firstElementChild.children;
    set(all, { hidden: !somebody });
    set(revoke, { hidden: !somebody || !this.#context.catalog.manages('revocations') });
  }

  #turn() {
    const from = this.#from;
    const then = next(this.#page, from);
    const here = Object.fromEntries(this.#context.params);
    const links = [];
    from > 0 && links.push({ key: 'before', text: 'Slower ones', from: from > PAGE ? from - PAGE : undefined });
    then !== undefined && links.push({ key: 'then', text: 'Next ones', from: then });
    keyed(this.#pages, links, ({ key }) => el('a', { 'data-testid': `page-${key}` }), (link, { text, from: begin }) => {
      say(link, text);
      set(link, { href: address('connections', { ...here, from: begin }) });
    });
  }

  async #disconnect({ connection, user, node }) {
    const whose = user === '' ? 'a client that is not known yet' : user;
    if (await confirmed('Disconnect this connection?', `It is of ${whose}, on ${node}. It ends with the code 4410; its client comes back after two seconds and goes on where it was.`, 'Disconnect')) {
      await this.#end({ connection });
    }
  }

  async #disconnectUser({ user }) {
    if (await confirmed(`Disconnect ${user}?`, 'All connections of the user end on all nodes, with the code 4410; their clients come back after two seconds.', 'Disconnect all')) {
      await this.#end({ user });
    }
  }

  async #end(which) {
    await this.#act(async (token) => {
      const { disconnected, unanswered } = await send('POST', '/api/connections/disconnect', which, token);
      const nodes = unanswered === 0 ? '' : ` ${count(unanswered)} nodes did not answer.`;
      return [`${count(disconnected)} ${disconnected === 1 ? 'connection' : 'connections'} ended.${nodes}`];
    });
  }

  async #revoke({ user }) {
    const words = 'Every token of the user that was issued until now is refused, and their connections end within two seconds on all nodes. With a new token they may come back. It can be undone.';
    if (await confirmed(`Revoke the tokens of ${user}?`, words, 'Revoke')) {
      await this.#act(async (token) => {
        const { id } = await send('POST', '/api/revocations', { user, before: new Date().toISOString() }, token);
        const undo = el('button', { type: 'button', class: 'quiet', 'data-testid': 'undo-revocation' }, 'Undo');
        undo.addEventListener('click', () => this.#accept(id, user));
        return [`The tokens of ${user} are revoked. `, undo];
      });
    }
  }

  async #accept(id, user) {
    if (await confirmed(`Accept the tokens of ${user} again?`, 'Those that have not expired are accepted from then on.', 'Accept')) {
      await this.#act(async (token) => {
        await send('DELETE', `/api/revocations/${id}`, undefined, token);
        return [`The tokens of ${user} are accepted again.`];
      });
    }
  }

  /** @param {(token: string | undefined) => Promise<(string | Node)[]>} act what it did, in words */
  async #act(act) {
    try {
      this.#told.replaceChildren(...(await act(await this.#context.token())));
      set(this.#told, { class: 'note' });
    } catch (e) {
      this.#told.replaceChildren(undone(e));
      set(this.#told, { class: 'note bad' });
    }
    set(this.#told, { hidden: false });
    this.#reading.now();
  }

  close() {
    this.#reading.close();
    clearTimeout(this.#pause);
  }
}

/** @type {import('./views.js').View} */
export const view = {
  name: 'connections',
  title: 'Connections',
  manage: ['connections'],
  open: (root, context) => new Connections(root, { ...context }),
};
