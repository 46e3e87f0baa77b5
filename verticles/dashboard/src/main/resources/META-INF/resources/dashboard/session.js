const KEY = 'millrace.token';

/**
 * The token a person signed in with. It comes in the address after `#`, which a browser sends to nobody, and leaves it
 * at once, so that it isn't in a screenshot, a bookmark or the history. A tab's storage keeps it over a reload.
 */
export class Session {
  constructor() {
    const found = /^#(?:.*&)?token=([^&]+)/.exec(location.hash);
    if (found !== null) {
      sessionStorage.setItem(KEY, decodeURIComponent(found[1]));
      history.replaceState(null, '', location.pathname + location.search);
    }
  }

  get token() {
    return sessionStorage.getItem(KEY) ?? undefined;
  }

  /** Begins anew: what the page has added up belongs to whoever was signed in. */
  signIn(token) {
    sessionStorage.setItem(KEY, token.trim());
    location.reload();
  }

  signOut() {
    sessionStorage.removeItem(KEY);
    location.reload();
  }
}
