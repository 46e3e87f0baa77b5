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
  all.append(el('h4', {}, 'Request'), el('pre', { tabindex: 0, 'data-testid': 'request' }, code(request(api, operation))));
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

/** As one would send it from a shell: the parameters that it needs, with examples where there are some. */
function request(api, operation) {
  const given = ({ name, example: one, schema }) => encodeURIComponent(one ?? schema?.enum?.[0] ?? '…').replaceAll('%E2%80%A6', `{${name}}`);
  const path = operation.parameters
    .filter((one) => one.in === 'path')
    .reduce((so, one) => so.replace(`{${one.name}}`, given(one)), operation.path);
  const query = operation.parameters.filter((one) => one.in === 'query' && one.required).map((one) => `${one.name}=${given(one)}`);
  const server = serverOf(operation.servers?.[0] ?? api.paths[operation.path].servers?.[0] ?? api.servers[0]);
  const parts = [`curl -s '${server}${path}${query.length > 0 ? `?${query.join('&')}` : ''}'`];
  if (operation.method !== 'get' && operation.method !== 'post') {
    parts[0] += ` -X ${operation.method.toUpperCase()}`;
  } else if (operation.method === 'post' && operation.requestBody === undefined) {
    parts[0] += ' -X POST';
  }
  if ((operation.security ?? api.security).some((one) => Object.keys(one).length > 0)) {
    parts.push(`-H "Authorization: Bearer $TOKEN"`);
  }
  const [type, media] = Object.entries(resolve(api, operation.requestBody ?? {}).content ?? {})[0] ?? [];
  const body = media && (media.example ?? Object.values(media.examples ?? {})[0]?.value);
  if (body !== undefined) {
    parts.push(`-H 'Content-Type: ${type}'`, `-d '${JSON.stringify(body).replaceAll("'", "'\\''")}'`);
  }
  return parts.join(' \\\n  ');
}

function serverOf({ url, variables = {} }) {
  return Object.entries(variables).reduce((so, [name, one]) => so.replace(`{${name}}`, one.default), url);
}

/** A long path breaks behind its slashes. */
function breakable(path) {
  return el('code', {}, ...path.split(/(?<=\/)/).flatMap((part) => [part, el('wbr')]));
}
