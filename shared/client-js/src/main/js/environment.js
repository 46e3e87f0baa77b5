/** What a client takes from the place it runs in, unless it is given something else. */

/** @type {import('./millrace.d.ts').Clock} */
export const REAL_CLOCK = {
  now: () => performance.now(),
  wall: () => Date.now(),
  setTimeout: (f, ms) => setTimeout(f, ms),
  clearTimeout: (timer) => clearTimeout(timer),
};

const PATH = '/api/ws';

/**
 * Where the server's doors are: a page gives nothing or a path; Node gives the whole address, with `http` or `ws`. Without a
 * path it is the usual one. The other transports are beside the WebSocket's path.
 *
 * @returns {{socket: string, http(path: string, parameters?: Record<string, unknown>): string}}
 */
export function addresses(url = PATH) {
  const socket = parsed(url);
  socket.protocol = socket.protocol.replace('http', 'ws');
  socket.hash = '';
  socket.pathname = socket.pathname.replace(/\/+$/, '') || PATH;
  const base = new URL(socket);
  base.protocol = socket.protocol.replace('ws', 'http');
  return {
    socket: socket.href,
    http(path, parameters = {}) {
      const address = new URL(path, base);
      for (const [name, value] of Object.entries(parameters)) {
        [value].flat().forEach((v) => v !== undefined && address.searchParams.append(name, String(v)));
      }
      return address.href;
    },
  };
}

function parsed(url) {
  let found;
  try {
    found = new URL(url, globalThis.location?.href);
  } catch {
    // said below
  }
  if (!/^(http|ws)s?:$/.test(found?.protocol ?? '')) {
    throw new TypeError(`url: "${url}" is not an address of http(s) or ws(s), as https://shop.example${PATH}; only a page may give a path alone.`);
  }
  return found;
}

/** Calls back when a page may have slept or the network is there again. In Node there is nothing to hear. */
export function onWake(callback) {
  const page = globalThis.document;
  const visible = () => !page.hidden && callback();
  page?.addEventListener('visibilitychange', visible);
  globalThis.addEventListener?.('online', callback);
  return () => {
    page?.removeEventListener('visibilitychange', visible);
    globalThis.removeEventListener?.('online', callback);
  };
}

const hex = (bytes) => Array.from(bytes, (b) => b.toString(16).padStart(2, '0')).join('');

/** A name for an event, RFC 9562 version 7: made here, so that sending it twice is still one event. */
export function newId(wallMs) {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  for (let i = 0; i < 6; i++) {
    bytes[i] = Math.floor(wallMs / 2 ** (8 * (5 - i))) % 256;
  }
  bytes[6] = 0x70 | (bytes[6] & 0x0f);
  bytes[8] = 0x80 | (bytes[8] & 0x3f);
  return hex(bytes).replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-');
}

/** A short name that tells nothing of what it was made from. */
export async function digest(text) {
  return hex(new Uint8Array(await crypto.subtle.digest('SHA-256', new TextEncoder().encode(text)))).slice(0, 32);
}

/** What a token claims, for telling people apart and nothing else: only the server knows whether it is true. */
export function claims(token) {
  try {
    const payload = token.split('.')[1].replaceAll('-', '+').replaceAll('_', '/');
    return JSON.parse(new TextDecoder().decode(Uint8Array.from(atob(payload), (c) => c.charCodeAt(0))));
  } catch {
    return undefined;
  }
}
