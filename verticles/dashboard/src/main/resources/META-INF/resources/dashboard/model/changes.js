/** So many fields of one change, and so much of each value: what an event says comes from outside. */
const FIELDS = 40;
const LONG = 160;

/**
 * What a change did, field by field, from its two merge patches (RFC 7396).
 *
 * @param {{after: object | null, before?: object | null}} change `after` is null where the entity was deleted, `before` where there was
 *     none; without `before` what was there isn't told
 * @returns {{field: string, before: string | undefined, after: string | undefined}[]} undefined: the field wasn't there, or isn't told
 */
export function differences({ after, before }) {
  const fields = new Map();
  collect(after ?? {}, '', (field, value) => fields.set(field, { after: value }));
  collect(before ?? {}, '', (field, value) => fields.set(field, { ...fields.get(field), before: value }));
  const all = [...fields].map(([field, values]) => ({ field, before: text(values.before), after: text(values.after) }));
  const rest = all.length - FIELDS;
  return rest <= 0 ? all : [...all.slice(0, FIELDS), { field: `… ${rest} more`, before: undefined, after: undefined }];
}

/** In words, for a change as a whole. */
export function verb({ after, before }) {
  return after === null ? 'deleted' : before === null ? 'made' : 'changed';
}

function collect(patch, prefix, each) {
  for (const [name, value] of Object.entries(patch)) {
    const whole = value !== null && typeof value === 'object' && !Array.isArray(value) && Object.keys(value).length > 0;
    whole ? collect(value, `${prefix}${name}.`, each) : each(prefix + name, value);
  }
}

/** A null of a patch is a field that isn't there. */
function text(value) {
  if (value === undefined || value === null) {
    return undefined;
  }
  const json = typeof value === 'string' ? value : JSON.stringify(value);
  return json.length > LONG ? `${json.slice(0, LONG)}…` : json;
}
