/** What a client takes from the place it runs in, unless it is given something else. */

/** @type {import('./millrace.d.ts').Clock} */
export const REAL_CLOCK = {
  now: () => performance.now(),
  setTimeout: (f, ms) => setTimeout(f, ms),
  clearTimeout: (timer) => clearTimeout(timer),
};

/** A page gives nothing or a path; Node gives the whole address, with `http` or `ws`. */
export function socketUrl(url = '/api/ws') {
  const address = new URL(url, globalThis.location?.href);
  address.protocol = address.protocol.replace('http', 'ws');
  address.hash = '';
  return address.href;
}
