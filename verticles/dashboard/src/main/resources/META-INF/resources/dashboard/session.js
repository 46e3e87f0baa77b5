import { REAL_CLOCK } from '/client/environment.js';
import { OpenIdSession } from './openid-session.js';

/**
 * How people sign in on this page: at the OpenID provider that the operator names, or with a token.
 *
 * @param {string} [name] of several people on one page; with a provider there is one
 */
export function openSession(name) {
  // Else a page that was left would be shown again as it was, whoever is signed in now.
  addEventListener('pageshow', (event) => event.persisted && location.reload());
  const settings = document.querySelector('meta[name=sign-in]')?.content;
  return settings === undefined ? new Session(name) : new OpenIdSession(JSON.parse(settings));
}

/**
 * The token a person signed in with. It comes in the address after `#`, which a browser sends to nobody, and leaves it
 * at once, so that it isn't in a screenshot, a bookmark or the history. A tab's storage keeps it over a reload.
 */
class Session {
  #key;

  problem = '';
  elsewhere = false;
  clock = REAL_CLOCK;

  /** @param {string} name of several people on one page */
  constructor(name = 'token') {
    this.#key = `millrace.${name}`;
    const given = new URLSearchParams(location.hash.slice(1));
    if (given.has(name)) {
      sessionStorage.setItem(this.#key, given.get(name));
      given.delete(name);
      const rest = given.size > 0 ? `#${given}` : '';
      history.replaceState(null, '', location.pathname + location.search + rest);
    }
  }

  get token() {
    return sessionStorage.getItem(this.#key) ?? undefined;
  }

  /** The same: it can't be renewed. */
  fresh() {
    return this.token;
  }

  refused() {}

  /** Begins anew: what the page has added up belongs to whoever was signed in. */
  signIn(token) {
    sessionStorage.setItem(this.#key, token.trim());
    location.reload();
  }

  signOut() {
    sessionStorage.removeItem(this.#key);
    location.reload();
  }
}
