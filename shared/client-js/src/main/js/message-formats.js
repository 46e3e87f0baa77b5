import { items } from './cbor.js';

/**
 * The forms in which a WebSocket's messages come, and what they are in the plain one. A compact message of an event is an array:
 * stream, type, id, time, position, source, data, and an object of what else there is; 0 is "as before, in this frame".
 * `subscribed` says what the numbers of streams and types stand for.
 */

const PLAIN = 'millrace';
const SUBPROTOCOLS = {
  json: undefined,
  compact: ['v1.compact.millrace', PLAIN],
  cbor: ['v1.cbor.millrace', 'v1.compact.millrace', PLAIN],
};
/** Of an event whose type has no number. */
const UNNUMBERED = { message: 'update', priority: 'normal' };

/**
 * What is offered for a form, best first: a server takes the first that it knows, so that an older one speaks the plain form.
 *
 * @returns {string[] | undefined} undefined for the plain form
 */
export function subprotocols(format = 'json') {
  if (!Object.hasOwn(SUBPROTOCOLS, format)) {
    throw new TypeError(`format: "${format}" is none of ${Object.keys(SUBPROTOCOLS).join(', ')}.`);
  }
  return SUBPROTOCOLS[format];
}

/** Reads the messages of one connection, in whatever form each frame is. */
export class MessageReader {
  #streams = new Map();
  #types = new Map();

  /**
   * The messages of a frame, in the plain form; fails with an `Error` where one can't be read.
   *
   * @param {string | ArrayBuffer} data
   */
  *read(data) {
    const frame = { stream: undefined, source: undefined, epoch: undefined, micros: 0 };
    if (typeof data !== 'string') {
      for (const message of items(new Uint8Array(data))) {
        yield Array.isArray(message) ? this.#event(message, frame, (text) => text) : this.#other(message);
      }
      return;
    }
    for (const line of data.split('\n')) {
      if (line.trim() !== '') {
        const message = JSON.parse(line);
        yield Array.isArray(message) ? this.#event(message, frame, unmarked) : this.#other(message);
      }
    }
  }

  #other(message) {
    if (message?.type !== 'subscribed' || message.number === undefined) {
      return message;
    }
    const { number, since, types = [], ...plain } = message;
    this.#streams.set(number, { name: plain.stream, since });
    types.forEach(([index, name, kind, priority]) => this.#types.set(index, { name, message: kind, priority }));
    return plain;
  }

  #event([stream, typed, named, time, placed, source, data, more = {}], frame, idOf) {
    if (stream !== 0) {
      const { name, since } = this.#streams.get(stream) ?? {};
      frame.stream = name;
      frame.micros = since;
    }
    frame.source = source === 0 ? frame.source : source;
    const type = typeof typed === 'string' ? { name: typed, ...UNNUMBERED } : this.#types.get(typed);
    if (frame.stream === undefined || type === undefined) {
      throw new Error('an event of a stream or a type without a name');
    }
    const id = idOf(named);
    const uuid = typeof id === 'string' ? undefined : id;
    frame.micros = time + (uuid?.[6] >> 4 === 7 && timeOf(uuid) <= MAX_MILLIS ? timeOf(uuid) * 1_000 : frame.micros);
    const { type: kind, priority, superseded, ...rest } = more;
    const position = positionOf(placed, frame);
    return {
      type: kind ?? type.message,
      timestamp: timestamp(frame.micros),
      stream: frame.stream,
      ...(position === undefined ? {} : { position }),
      priority: priority ?? type.priority,
      ...(superseded ? { superseded } : {}),
      data: {
        id: uuid === undefined ? id : textOf(uuid),
        type: type.name,
        source: frame.source,
        ...(data === 0 ? {} : { data }),
        metadata: {},
        ...rest,
      },
    };
  }
}

/** In JSON a UUID is marked, and so is an id that begins with the mark. */
function unmarked(id) {
  if (!id.startsWith('~')) {
    return id;
  }
  return id.startsWith('~~') ? id.slice(1) : Uint8Array.from(atob(id.slice(1).replaceAll('-', '+').replaceAll('_', '/')), (c) => c.charCodeAt(0));
}

const textOf = (uuid) =>
  Array.from(uuid, (byte) => byte.toString(16).padStart(2, '0'))
    .join('')
    .replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-');

/** Later times aren't exact in a number. */
const MAX_MILLIS = Math.floor(2 ** 53 / 1_000);

/** When a UUID of version 7 was made, ms since 1970. */
const timeOf = (uuid) => uuid.subarray(0, 6).reduce((ms, byte) => ms * 256 + byte, 0);

function positionOf(placed, frame) {
  if (typeof placed === 'number') {
    return placed === 0 ? undefined : `${frame.epoch}:${placed}`;
  }
  if (typeof placed !== 'string') {
    const sealed = btoa(String.fromCharCode(...placed));
    return `s.${sealed.replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '')}`;
  }
  frame.epoch = placed.includes(':') ? placed.slice(0, placed.indexOf(':')) : frame.epoch;
  return placed;
}

/** As the plain form writes it: with as many groups of three digits as it needs. */
function timestamp(micros) {
  const ms = Math.floor(micros / 1_000);
  const rest = micros - ms * 1_000;
  const text = new Date(ms).toISOString();
  return rest === 0 ? text.replace('.000Z', 'Z') : text.replace('Z', `${String(rest).padStart(3, '0')}Z`);
}
