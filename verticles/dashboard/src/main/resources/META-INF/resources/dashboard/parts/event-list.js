import { el, keyed, say, set } from '../dom.js';
import { ago, count } from '../format.js';
import { fields, showFields } from './fields.js';

/** Events of a stream as they come, the newest first. */
class EventList extends HTMLElement {
  #list = el('ol', { class: 'lines', 'data-testid': 'events' });
  #words = el('p', { class: 'aside', 'data-testid': 'events-words' });

  connectedCallback() {
    const region = { class: 'scroll', tabindex: 0, role: 'region', 'aria-label': 'Latest events' };
    this.append(this.#words, el('div', region, this.#list));
  }

  /** @param {import('../model/stream.js').Stream} stream */
  show(stream) {
    keyed(this.#list, stream.events, line, update);
    const none = stream.events.length === 0 ? 'No event is kept; the next one appears here. ' : '';
    const since = `${count(stream.count)} ${stream.count === 1 ? 'event' : 'events'} since this stream was opened.`;
    say(this.#words, stream.status === 'following' ? none + since : '');
  }
}

function line() {
  const top = [el('span', { class: 'name' }), el('time', { class: 'aside' }), el('span', { class: 'aside about' })];
  return el('li', { 'data-testid': 'event' }, ...top, fields());
}

function update(element, event) {
  const [type, time, about, list] = element.children;
  say(type, event.type);
  say(time, ago(event.at));
  say(about, event.about);
  set(element, { 'data-kind': event.kind });
  showFields(list, event.fields);
}

customElements.define('mr-event-list', EventList);
