// AsyncAPI 3 as sections: the servers, what is said over a connection, and a channel for each stream.

import { el } from '/assets/dom.js';
import { fieldList, resolve, schemaView } from './schema.js';
import { code, example, folded, inline, paragraphs } from './text.js';

/** @param {Record<string, any>} api */
export function asyncApiSections(api) {
  const operations = Object.entries(api.operations);
  const channels = Object.entries(api.channels);
  const isStream = ([id]) => id.startsWith('stream.');
  return [
    {
      title: 'Ways to connect',
      articles: Object.entries(api.servers).map(([id, server]) => ({ id: `server-${id}`, title: id, view: serverView(server) })),
    },
    ...channels
      .filter((entry) => !isStream(entry))
      .map(([id, channel]) => ({
        title: channel.title,
        description: channel.description,
        articles: operations
          .filter(([, operation]) => operation.channel.$ref === `#/channels/${id}`)
          .map(([name, operation]) => ({ id: `operation-${name}`, title: operation.summary, view: operationView(api, operation) })),
      })),
    {
      title: 'Streams',
      description: 'What comes of those that you follow, as the domain packs say. Here is the `data` of each event.',
      articles: channels.filter(isStream).map(([id, channel]) => ({ id, title: channel.address, view: streamView(api, channel) })),
    },
  ];
}

function serverView(server) {
  const where = code((server.host ?? '') + (server.pathname ?? ''));
  return el(
    'div',
    {},
    el('p', { class: 'call' }, el('span', { class: 'method' }, server.protocol), ' ', where),
    paragraphs(server.description),
  );
}

function operationView(api, operation) {
  const all = el('div', {}, el('h4', {}, operation.action === 'receive' ? 'You say' : 'It says'));
  for (const ref of operation.messages) {
    all.append(messageView(api, ref));
  }
  if (operation.reply !== undefined) {
    all.append(el('h4', {}, 'It answers'), ...operation.reply.messages.map((ref) => messageView(api, ref)));
  }
  return all;
}

function messageView(api, ref) {
  const message = resolve(api, ref);
  const title = el('span', {}, code(message.name ?? ref.$ref.split('/').at(-1), 'name'), ' ', inline(message.summary));
  return folded(title, () => {
    const examples = (message.examples ?? []).map((one) => example(one.payload));
    return el('div', {}, paragraphs(message.description), schemaView(api, message.payload), ...examples);
  });
}

function streamView(api, channel) {
  const keys = Object.entries(channel.parameters ?? {}).map(([name, one]) => ({
    name,
    schema: { type: 'string' },
    description: one.description,
    place: 'in the name',
  }));
  return el(
    'div',
    {},
    paragraphs(channel.description),
    fieldList(api, keys),
    ...Object.values(channel.messages).map((ref) => eventView(api, resolve(api, ref))),
  );
}

function eventView(api, message) {
  const event = message.payload.properties.data.properties;
  return folded(code(message.name, 'name'), () => el('div', {}, paragraphs(message.summary), schemaView(api, event.data)));
}
