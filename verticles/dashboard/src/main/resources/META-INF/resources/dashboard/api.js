/** So long an answer may take, in ms: what is asked again and again gives up sooner, by its `within`. */
const WITHIN = 30_000;

/**
 * Reads what the API answers to whoever is signed in.
 *
 * @param {string} path
 * @param {string | undefined | Promise<string | undefined>} token
 * @param {number} [within] ms
 * @returns {Promise<any>} fails with an error that has the answer's `status` and `code`, if there was one, `retryAfter` in ms,
 *     and what was wrong as its message
 */
export async function read(path, token, within = WITHIN) {
  return answered(path, { headers: await bearing(token), cache: 'no-store' }, within);
}

/** As {@link read}, the answer's JSON as its text: numbers have all their digits. */
export async function readText(path, token) {
  return answered(path, { headers: await bearing(token), cache: 'no-store' }, WITHIN, 'text');
}

/**
 * Sends what somebody has decided.
 *
 * @param {'POST' | 'PATCH' | 'DELETE'} method
 * @param {string} path
 * @param {object | undefined} body
 * @param {string | undefined | Promise<string | undefined>} token
 * @returns {Promise<any>} undefined for an answer without a body; fails as {@link read} does
 */
export async function send(method, path, body, token) {
  const headers = { ...(await bearing(token)), 'content-type': 'application/json' };
  return answered(path, { method, headers, body: body && JSON.stringify(body) }, WITHIN);
}

/** What came of something that was sent and failed: without an answer nobody knows. */
export function undone({ status, message }) {
  return status === undefined ? `Whether it was done isn’t known: ${message}. Look before you do it again.` : `Not done: ${message}`;
}

async function bearing(token) {
  const bearer = await token;
  return bearer === undefined ? {} : { authorization: `Bearer ${bearer}` };
}

async function answered(path, request, within, how = 'json') {
  let response;
  let body;
  try {
    response = await fetch(path, { ...request, signal: AbortSignal.timeout(within) });
    body = response.status === 204 ? undefined : await (response.ok ? response[how]() : response.json().catch(() => ({})));
  } catch (e) {
    throw new Error(e.name === 'TimeoutError' ? `Millrace has not answered for ${within / 1_000} s` : 'Millrace can’t be reached', { cause: e });
  }
  if (response.ok) {
    return body;
  }
  const { status, headers } = response;
  const retryAfter = 1_000 * Number(headers.get('retry-after')) || 0;
  throw Object.assign(new Error(body.detail ?? `${path} was answered ${status}`), { status, code: body.code, retryAfter });
}
