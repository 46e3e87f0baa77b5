/**
 * CBOR (RFC 8949) as the server writes it: values that JSON has, byte strings, bignums and decimal fractions. What JSON.parse
 * makes of the same message comes out of it, so every number is a double.
 */

const TEXT = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
const BREAK = Symbol('break');
const INDEFINITE = 31;

/** The items of a sequence (RFC 8742), one after the other; fails with an `Error` where one can't be read. */
export function* items(/** @type {Uint8Array} */ bytes) {
  const reader = new Reader(bytes);
  while (reader.more) {
    yield reader.value();
  }
}

class Reader {
  #bytes;
  #view;
  #at = 0;

  constructor(bytes) {
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  get more() {
    return this.#at < this.#bytes.length;
  }

  value() {
    const value = this.#item(false);
    if (value === BREAK) {
      throw new Error('a break that ends nothing');
    }
    return value;
  }

  /** @param {boolean} exact whether a whole number is wanted with every digit, as a BigInt */
  #item(exact) {
    const head = this.#view.getUint8(this.#at++);
    const info = head & 31;
    switch (head >> 5) {
      case 0:
        return exact ? BigInt(this.#argument(info)) : Number(this.#argument(info));
      case 1: {
        const whole = -1n - BigInt(this.#argument(info));
        return exact ? whole : Number(whole);
      }
      case 2:
        return this.#slice(Number(this.#argument(info)));
      case 3:
        return TEXT.decode(info === INDEFINITE ? this.#chunks() : this.#slice(Number(this.#argument(info))));
      case 4:
        return this.#array(info);
      case 5:
        return this.#object(info);
      case 6:
        return this.#tagged(Number(this.#argument(info)), exact);
      default:
        return this.#simple(info);
    }
  }

  #argument(info) {
    const at = this.#at;
    const bytes = info < 24 ? 0 : 1 << (info - 24);
    if (info > 27) {
      throw new Error(`a length of kind ${info}`);
    }
    this.#at += bytes;
    switch (bytes) {
      case 0:
        return info;
      case 1:
        return this.#view.getUint8(at);
      case 2:
        return this.#view.getUint16(at);
      case 4:
        return this.#view.getUint32(at);
      default:
        return this.#view.getBigUint64(at);
    }
  }

  #slice(length) {
    const from = this.#at;
    if (from + length > this.#bytes.length) {
      throw new Error('it ends too early');
    }
    this.#at += length;
    return this.#bytes.subarray(from, this.#at);
  }

  /** A long text comes in several parts. */
  #chunks() {
    const parts = [];
    for (let head = this.#view.getUint8(this.#at++); head !== 0xff; head = this.#view.getUint8(this.#at++)) {
      parts.push(this.#slice(Number(this.#argument(head & 31))));
    }
    const whole = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
    parts.reduce((at, part) => (whole.set(part, at), at + part.length), 0);
    return whole;
  }

  #array(info) {
    const found = [];
    if (info === INDEFINITE) {
      for (let item = this.#item(false); item !== BREAK; item = this.#item(false)) {
        found.push(item);
      }
      return found;
    }
    for (let left = Number(this.#argument(info)); left > 0; left--) {
      found.push(this.value());
    }
    return found;
  }

  /** By entries: a member may be called `__proto__`. */
  #object(info) {
    const entries = [];
    if (info === INDEFINITE) {
      for (let name = this.#item(false); name !== BREAK; name = this.#item(false)) {
        entries.push([name, this.value()]);
      }
    } else {
      for (let left = Number(this.#argument(info)); left > 0; left--) {
        entries.push([this.value(), this.value()]);
      }
    }
    return Object.fromEntries(entries);
  }

  #tagged(tag, exact) {
    switch (tag) {
      case 2:
      case 3: {
        const size = [...this.#item(false)].reduce((sum, byte) => (sum << 8n) | BigInt(byte), 0n);
        const whole = tag === 2 ? size : -1n - size;
        return exact ? whole : Number(whole);
      }
      case 4: {
        this.#at++; // an array of two
        const exponent = this.#item(false);
        return Number(`${this.#item(true)}e${exponent}`);
      }
      default:
        throw new Error(`a tag ${tag}`);
    }
  }

  #simple(info) {
    const at = this.#at;
    switch (info) {
      case 20:
        return false;
      case 21:
        return true;
      case 22:
        return null;
      case 26:
        this.#at += 4;
        return this.#view.getFloat32(at);
      case 27:
        this.#at += 8;
        return this.#view.getFloat64(at);
      case INDEFINITE:
        return BREAK;
      default:
        throw new Error(`a simple value ${info}`);
    }
  }
}
