// OpenAPI 3.1 as sections: one for each tag, one article for each operation.

import { el } from '/assets/dom.js';
import { fieldList, resolve, schemaView, typeOf } from './schema.js';
import { code, example, folded, inline, paragraphs } from './text.js';

const METHODS = ['get', 'post', 'put', 'patch', 'delete'];

/** @param {Record<string, any>} api */
export function openApiSections(api) {
  const operations = Object.entries(api.paths).flatMap(([path, item]) =>
    METHODS.filter((method) => item[method] !== undefined).map((method) => ({
      ...item[method],
      path,
      method,
      parameters: [...(item.parameters ?? []), ...(item[method].parameters ?? [])].map((given) => resolve(api, given)),
    })),
  );
  return [
    ...api.tags.map((tag) => ({
      title: tag.name,
      description: tag.description,
      articles: operations
        .filter((operation) => operation.tags.includes(tag.name))
        .map((operation) => ({ id: operation.operationId, title: operation.summary, view: operationView(api, operation) })),
    })),
    {
      title: 'What goes wrong',
      description: api.components.schemas.Problem.description,
      articles: [{ id: 'problem', title: 'Problems and their codes', view: schemaView(api, api.components.schemas.Problem) }],
    },
  ];
}

function operationView(api, operation) {
  const all = el(
    'div',
    {},
    el('p', { class: 'call' }, el('span', { class: `method ${operation.method}` }, operation.method.toUpperCase()), ' ', breakable(operation.path)),
    paragraphs(operation.description),
  );
  const security = operation.security ?? api.security;
  if (security.every((one) => Object.keys(one).length > 0)) {
    all.append(el('p', { class: 'soft' }, 'Needs a token.'));
  }
  if (operation.parameters.length > 0) {
    const fields = operation.parameters.map((one) => ({ ...one, description: one.description ?? '', place: `in ${one.in}` }));
    all.append(el('h4', {}, 'Parameters'), fieldList(api, fields));
  }
  if (operation.requestBody !== undefined) {
    all.append(el('h4', {}, 'Body'), contentView(api, resolve(api, operation.requestBody).content));
  }
  all.append(el('h4', {}, 'Answers'), responsesView(api, operation.responses));
  return all;
}

function responsesView(api, responses) {
  const list = el('dl', { class: 'responses' });
  for (const [status, given] of Object.entries(responses)) {
    const response = resolve(api, given);
    const answer = el('dd', {}, paragraphs(response.description));
    const headers = Object.keys(response.headers ?? {});
    if (headers.length > 0) {
      answer.append(el('p', { class: 'soft' }, inline(`With ${headers.map((name) => `\`${name}\``).join(', ')}.`)));
    }
    // A problem reads the same everywhere, and is told once.
    if (response.content !== undefined && response.content['application/problem+json'] === undefined) {
      answer.append(contentView(api, response.content));
    }
    list.append(el('dt', {}, code(status, `status s${status[0]}`)), answer);
  }
  return list;
}

function contentView(api, byType) {
  const all = el('div', {});
  for (const [type, media] of Object.entries(byType)) {
    const schema = media.schema ?? {};
    const title = el('span', {}, code(type), media.schema === undefined ? '' : ` ${typeOf(api, schema)}`);
    const view = schemaView(api, schema);
    all.append(view.hasChildNodes() ? folded(title, () => view) : el('p', {}, title));
    if (media.example !== undefined) {
      all.append(example(media.example));
    }
  }
  return all;
}

/** A long path breaks behind its slashes. */
function breakable(path) {
  return el('code', {}, ...path.split(/(?<=\/)/).flatMap((part) => [part, el('wbr')]));
}
