/**
 * Reads what the API answers to whoever is signed in.
 *
 * @param {string} path
 * @param {string | undefined | Promise<string | undefined>} token
 * @returns {Promise<any>} fails with an error that has the answer's `status`, if there was one, and `retryAfter` in ms
 */
export async function read(path, token) {
  const bearer = await token;
  const headers = bearer === undefined ? {} : { authorization: `Bearer ${bearer}` };
  const response = await fetch(path, { headers, cache: 'no-store' });
  if (response.ok) {
    return response.json();
  }
  const { status } = response;
  const retryAfter = 1_000 * Number(response.headers.get('retry-after')) || 0;
  throw Object.assign(new Error(`${path} was answered ${status}`), { status, retryAfter });
}
