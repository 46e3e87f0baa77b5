/**
 * Reads what the API answers to whoever is signed in.
 *
 * @param {string} path
 * @param {string | undefined | Promise<string | undefined>} token
 * @returns {Promise<any>} fails with an error that has the answer's `status` and `code`, if there was one, `retryAfter` in ms,
 *     and what was wrong as its message
 */
export async function read(path, token) {
  return answered(path, await fetch(path, { headers: await bearing(token), cache: 'no-store' }));
}

/** As {@link read}, the answer's JSON as its text: numbers have all their digits. */
export async function readText(path, token) {
  return answered(path, await fetch(path, { headers: await bearing(token), cache: 'no-store' }), 'text');
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
  return answered(path, await fetch(path, { method, headers, body: body && JSON.stringify(body) }));
}

async function bearing(token) {
  const bearer = await token;
  return bearer === undefined ? {} : { authorization: `Bearer ${bearer}` };
}

async function answered(path, response, how = 'json') {
  const { status } = response;
  if (response.ok) {
    return status === 204 ? undefined : response[how]();
  }
  const retryAfter = 1_000 * Number(response.headers.get('retry-after')) || 0;
  const problem = await response.json().catch(() => ({}));
  const { code, detail } = problem;
  throw Object.assign(new Error(detail ?? `${path} was answered ${status}`), { status, code, retryAfter });
}
