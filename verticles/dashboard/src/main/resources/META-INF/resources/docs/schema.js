// JSON Schemas as lists of fields.

import { el } from '/assets/dom.js';
import { code, folded, paragraphs } from './text.js';

/** @typedef {Record<string, any>} Schema */

/** What a `$ref` leads to; else itself. @param {Schema} root @param {Schema} given @returns {Schema} */
export function resolve(root, given) {
  let at = given;
  for (let steps = 0; at?.$ref !== undefined && steps < 8; steps++) {
    at = at.$ref
      .slice(2)
      .split('/')
      .map((key) => key.replaceAll('~1', '/').replaceAll('~0', '~'))
      .reduce((node, key) => node?.[key], root);
  }
  return at ?? {};
}

/** What may be there, in a few words. @param {Schema} root @param {Schema} given @returns {string} */
export function typeOf(root, given) {
  const schema = resolve(root, given);
  const name = nameOf(given);
  if (name !== undefined && saysMore(root, schema)) {
    return schema.title ?? name;
  }
  if (schema.const !== undefined) {
    return JSON.stringify(schema.const);
  }
  if (schema.enum !== undefined) {
    return longEnum(schema) ? 'one of a list' : schema.enum.map((value) => JSON.stringify(value)).join(' | ');
  }
  const several = alternatives(schema);
  if (several.length > 0) {
    return several.length > 4 ? `one of ${several.length}` : several.map((one) => typeOf(root, one)).join(' or ');
  }
  const type = [schema.type ?? (schema.allOf === undefined ? 'anything' : 'object')].flat().join(' or ');
  const words = type === 'array' ? `list of ${typeOf(root, schema.items ?? {})}` : (schema.format ?? type);
  return [words, ...limits(schema)].join(', ');
}

/** @param {Schema} schema @returns {string[]} */
function limits(schema) {
  const words = [
    range(schema.minimum, schema.maximum, ''),
    range(schema.minLength, schema.maxLength, ' characters'),
    range(schema.minItems, schema.maxItems, ' of them'),
  ];
  if (schema.exclusiveMinimum !== undefined) {
    words.push(`more than ${schema.exclusiveMinimum}`);
  }
  if (schema.pattern !== undefined) {
    words.push(`like /${schema.pattern}/`);
  }
  if (schema.default !== undefined) {
    words.push(`${JSON.stringify(schema.default)} if absent`);
  }
  return words.filter((word) => word !== '');
}

function range(low, high, unit) {
  if (low !== undefined && high !== undefined) {
    return `${low} to ${high}${unit}`;
  }
  if (low !== undefined) {
    return `at least ${low}${unit}`;
  }
  return high === undefined ? '' : `at most ${high}${unit}`;
}

/** More values than fit behind a name. A description may well have said them. */
function longEnum(schema) {
  return schema.enum?.length > 6;
}

/** @param {Schema} schema @returns {Schema[]} */
function alternatives(schema) {
  return schema.oneOf ?? schema.anyOf ?? [];
}

/** Of a schema that stands by itself. @param {Schema} given @returns {string | undefined} */
function nameOf(given) {
  return given.$ref?.split('/').at(-1);
}

/** What is in a list, or at each key. @param {Schema} schema @returns {Schema | undefined} */
function inside(schema) {
  return schema.items ?? (typeof schema.additionalProperties === 'object' ? schema.additionalProperties : undefined);
}

/** Whether a schema says more than its type does. @param {Schema} root @param {Schema} given @returns {boolean} */
function saysMore(root, given) {
  const schema = resolve(root, given);
  const each = inside(schema);
  return (
    schema.properties !== undefined ||
    schema.allOf !== undefined ||
    (longEnum(schema) && schema.description === undefined) ||
    alternatives(schema).some((one) => saysMore(root, one)) ||
    (each !== undefined && saysMore(root, each))
  );
}

/** A schema in full; empty where its type says everything. @param {Schema} root @param {Schema} given @returns {HTMLElement} */
export function schemaView(root, given) {
  const schema = resolve(root, given);
  const view = el('div', {});
  if (longEnum(schema)) {
    view.append(el('p', {}, ...schema.enum.flatMap((value) => [code(String(value)), ' '])));
  }
  for (const one of alternatives(schema)) {
    const known = resolve(root, one);
    const title = code(known.title ?? nameOf(one) ?? typeOf(root, one));
    view.append(saysMore(root, one) ? folded(title, () => described(root, known)) : el('p', {}, title));
  }
  const fields = fieldsOf(root, schema);
  if (fields.length > 0) {
    view.append(fieldList(root, fields));
  }
  const each = inside(schema);
  if (each !== undefined && saysMore(root, each)) {
    view.append(el('p', { class: 'soft' }, schema.items === undefined ? 'For each key:' : 'Each:'), schemaView(root, each));
  }
  return view;
}

function described(root, schema) {
  return el('div', {}, paragraphs(schema.description), schemaView(root, schema));
}

/** Its own, and those of what it consists of, the last one winning. */
function fieldsOf(root, schema) {
  const parts = [schema, ...(schema.allOf ?? []).map((part) => resolve(root, part))];
  const required = new Set(parts.flatMap((part) => part.required ?? []));
  const fields = new Map(parts.flatMap((part) => Object.entries(part.properties ?? {})));
  return [...fields].map(([name, field]) => ({ name, schema: field, required: required.has(name) }));
}

/**
 * @param {Schema} root
 * @param {{ name: string, schema: Schema, required?: boolean, description?: string, place?: string }[]} fields
 */
export function fieldList(root, fields) {
  const list = el('dl', { class: 'fields' });
  for (const field of fields) {
    const term = el('dt', {}, code(field.name, 'name'), ' ', el('span', { class: 'type' }, typeOf(root, field.schema)));
    if (field.place !== undefined) {
      term.append(' ', el('span', { class: 'place' }, field.place));
    }
    if (field.required) {
      term.append(' ', el('span', { class: 'required' }, 'required'));
    }
    const more = el('dd', {}, paragraphs(field.description ?? resolve(root, field.schema).description));
    if (saysMore(root, field.schema)) {
      more.append(folded(document.createTextNode('what is in it'), () => schemaView(root, field.schema)));
    }
    list.append(term);
    if (more.hasChildNodes()) {
      list.append(more);
    }
  }
  return list;
}
