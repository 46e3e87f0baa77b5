/** The server reads a message of 32 levels; two of them are the message's own and its event's. */
const LEVELS = 30;
/** What `JSON.stringify` makes of half a surrogate pair: an escape after an even number of backslashes. */
const HALF_A_PAIR = /(?<!\\)(?:\\\\)*\\ud[89a-f]/;

/**
 * What a caller gave, as it is now, in JSON's values: whoever changes it afterwards doesn't change what is sent. Fails with
 * a `TypeError` where the server couldn't read it (a BigInt, a circle, half a surrogate pair, too many levels): said later,
 * on the connection, it would harm everything else that is said there.
 *
 * @param {string} what it is, for the error
 * @param {object} value
 */
export function snapshot(what, value) {
  let text;
  try {
    text = JSON.stringify(value);
  } catch (e) {
    throw new TypeError(`${what} can't be written as JSON: ${e?.message ?? e}`);
  }
  if (text?.[0] !== '{') {
    throw new TypeError(`${what} must be an object`);
  }
  if (HALF_A_PAIR.test(text)) {
    throw new TypeError(`${what} has a text that is not well-formed Unicode: half a surrogate pair`);
  }
  const copy = JSON.parse(text);
  if (isDeeper(copy, LEVELS)) {
    throw new TypeError(`${what} has more than ${LEVELS} levels of objects and arrays`);
  }
  return copy;
}

const isDeeper = (value, levels) =>
  typeof value === 'object' && value !== null && (levels === 0 || Object.values(value).some((v) => isDeeper(v, levels - 1)));

/** Bytes of a text in UTF-8, or fewer where they are under the limit anyway. */
export const bytesOf = (text, limit) => (text.length * 3 <= limit ? text.length : new TextEncoder().encode(text).length);

/** Makes a value of JSON unchangeable, all of it; what is so already isn't walked through again. */
export function freeze(value) {
  if (typeof value === 'object' && value !== null && !Object.isFrozen(value)) {
    Object.freeze(value);
    Object.values(value).forEach(freeze);
  }
  return value;
}
