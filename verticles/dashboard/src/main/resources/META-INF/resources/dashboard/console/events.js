/**
 * Events: one found by its id, source, entity or trace, with what became of it; how an entity came to be; and any stream as it
 * happens. What is open stands in the address, so that it can be sent to somebody.
 */
import { el } from '../dom.js';
import { address, chosen } from './address.js';
import { EntityHistory } from './entity-history.js';
import { EventDetail } from './event-detail.js';
import { EventSearch } from './event-search.js';
import { EventTail } from './event-tail.js';
import { Streams } from './streams.js';

const MANAGE = ['dead-letters', 'connections', 'revocations', 'cluster', 'sinks'];

export const view = { name: 'events', title: 'Events', manage: MANAGE, open };

function open(root, context) {
  const go = (params) => {
    location.hash = address('events', params);
  };
  /** Opens what is given, and these parts ask anew, also if what they are asked is the same. */
  const ask = (given, parts) => {
    go(given);
    params(chosen(location.hash).params, parts);
  };
  const streams = new Streams(context.token, context.changed);
  const detail = new EventDetail(context, go);
  const history = new EntityHistory(context, go);
  const search = new EventSearch(context, streams, go, (given) => ask(given, [search, detail, history]));
  const tail = new EventTail(context, streams, go, (given) => ask(given, [tail]));
  const found = el('div', { class: 'found' }, detail.element, history.element);
  root.append(el('div', { class: 'lists' }, search.element, tail.element), found);

  function params(given, again = []) {
    const all = Object.fromEntries(given);
    [detail, history, search, tail].forEach((part) => part.open(all, again.includes(part)));
    found.hidden = detail.element.hidden && history.element.hidden;
    root.dataset.found = String(!found.hidden);
    context.changed();
  }
  params(context.params);

  return {
    params,
    show: () => [search, tail, detail, history].forEach((part) => part.show()),
    close: () => tail.close(),
  };
}
