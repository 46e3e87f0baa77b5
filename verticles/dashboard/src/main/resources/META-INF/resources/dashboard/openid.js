/**
 * Signs people in at an OpenID provider from a page: OpenID Connect's authorization code flow with PKCE (RFC 7636), as
 * OAuth 2.0 for Browser-Based Applications has it. Names are those of the standards. Nothing is kept here: `session.js`
 * keeps what `finish` and `renew` return.
 */

/** How long the provider may take to answer, in ms. */
const ANSWER_WITHIN_MS = 10_000;
/** How far the clocks of the provider and of this computer may be apart, in ms. */
const CLOCKS_MS = 300_000;

/**
 * Why somebody can't be signed in; the message is for them. `unreachable` may be tried again, `ended` is for good.
 */
export class SignInError extends Error {
  /** @param {'unreachable' | 'ended' | 'refused' | 'wrong_issuer' | 'not_begun' | 'opaque' | 'clock' | 'insecure'} code */
  constructor(code, message) {
    super(message);
    this.code = code;
  }
}

/**
 * @typedef {object} Grant
 * @property {string} id of this sign-in, told to nobody
 * @property {string} access the access token
 * @property {string} [refresh] the refresh token
 * @property {string} subject
 * @property {number} at when it came, ms by this computer's clock
 * @property {number} life of the access token, in ms
 * @property {number} ahead how far the provider's clock is ahead of this computer's, in ms
 */

export class Provider {
  #settings;
  #callback;
  #fetch;
  #now;
  #document;

  /**
   * @param {{issuer: string, client: string, scope: string, resource?: string, audience?: string, prompt?: string}} settings
   * @param {string} callback the address that the provider sends people back to
   * @param {typeof fetch} [from]
   * @param {() => number} [now] ms since 1970
   */
  constructor(settings, callback, from = (address, init) => fetch(address, init), now = () => Date.now()) {
    this.#settings = settings;
    this.#callback = callback;
    this.#fetch = from;
    this.#now = now;
  }

  /** @returns {Promise<{address: string, pending: {state: string, nonce: string, verifier: string}}>} where to go */
  async begin() {
    if (globalThis.crypto?.subtle === undefined) {
      throw new SignInError('insecure', 'Signing in needs a page with https (or on this computer itself).');
    }
    const { authorization_endpoint: endpoint } = await this.#discover();
    const { client, scope, resource, audience, prompt } = this.#settings;
    const pending = { state: random(), nonce: random(), verifier: random() };
    const address = new URL(endpoint);
    const parameters = {
      response_type: 'code',
      client_id: client,
      redirect_uri: this.#callback,
      scope,
      state: pending.state,
      nonce: pending.nonce,
      code_challenge: await challenge(pending.verifier),
      code_challenge_method: 'S256',
      resource,
      audience,
      prompt,
    };
    given(parameters).forEach(([name, value]) => address.searchParams.set(name, value));
    return { address: address.href, pending };
  }

  /**
   * Takes the provider's answer.
   *
   * @param {URLSearchParams} answer
   * @param {{state: string, nonce: string, verifier: string} | undefined} pending
   * @returns {Promise<Grant>}
   */
  async finish(answer, pending) {
    if (pending === undefined || answer.get('state') !== pending.state) {
      throw new SignInError('not_begun', 'This answer belongs to no sign-in that was begun in this tab.');
    }
    const document = await this.#discover();
    const issuer = answer.get('iss');
    if (issuer === null ? document.authorization_response_iss_parameter_supported === true : issuer !== this.#settings.issuer) {
      throw new SignInError('wrong_issuer', `The answer is of another issuer (${issuer ?? 'none'}) than ${this.#settings.issuer}.`);
    }
    if (answer.has('error')) {
      throw refusal(answer.get('error'), answer.get('error_description'));
    }
    const response = await this.#token({
      grant_type: 'authorization_code',
      code: answer.get('code') ?? '',
      redirect_uri: this.#callback,
      code_verifier: pending.verifier,
    });
    const claims = this.#identity(response.id_token);
    if (claims.nonce !== pending.nonce) {
      throw new SignInError('refused', 'The provider’s ID token is not for this sign-in: its nonce.');
    }
    return this.#grant(response, { id: random(), subject: claims.sub });
  }

  /**
   * Another access token for the same person. Fails as `ended` where only signing in again gives one.
   *
   * @param {Grant} before
   * @returns {Promise<Grant>}
   */
  async renew(before) {
    const response = await this.#token({ grant_type: 'refresh_token', refresh_token: before.refresh });
    if (response.id_token !== undefined && this.#identity(response.id_token).sub !== before.subject) {
      throw new SignInError('ended', 'The provider’s session is somebody else’s now.');
    }
    return this.#grant(response, before);
  }

  /**
   * Ends what can be ended from here.
   *
   * @param {string | undefined} refresh the refresh token
   * @returns {Promise<string | undefined>} where the provider's own session is ended; undefined if it doesn't say
   */
  async end(refresh) {
    const { revocation_endpoint: revocation, end_session_endpoint: endpoint } = await this.#discover();
    if (refresh !== undefined && revocation !== undefined) {
      const parameters = { token: refresh, token_type_hint: 'refresh_token', client_id: this.#settings.client };
      await this.#ask(revocation, parameters).catch(() => {}); // it ends with the session, or by itself
    }
    if (endpoint === undefined) {
      return undefined;
    }
    // No id_token_hint: a token would be in an address. Without one the provider asks whether it is meant.
    const address = new URL(endpoint);
    address.searchParams.set('client_id', this.#settings.client);
    address.searchParams.set('post_logout_redirect_uri', this.#callback);
    return address.href;
  }

  /** The provider's document (OpenID Connect Discovery), fetched once a page. */
  async #discover() {
    if (this.#document === undefined) {
      const { issuer } = this.#settings;
      const response = await this.#ask(`${issuer.replace(/\/$/, '')}/.well-known/openid-configuration`);
      const document = await response.json().catch(() => undefined);
      if (!response.ok || document === undefined) {
        throw new SignInError('unreachable', `The sign-in provider ${issuer} doesn’t say how to sign in (${response.status}).`);
      }
      if (document.issuer !== issuer) {
        throw new SignInError('wrong_issuer', `The sign-in provider calls itself ${document.issuer}, and ${issuer} is set.`);
      }
      checkEndpoints(document, new URL(issuer).origin);
      this.#document = document;
    }
    return this.#document;
  }

  async #token(parameters) {
    const { token_endpoint: endpoint } = await this.#discover();
    const { client, resource } = this.#settings;
    const response = await this.#ask(endpoint, { ...parameters, client_id: client, resource });
    const answer = await response.json().catch(() => ({}));
    if (response.ok && typeof answer.access_token === 'string') {
      return answer;
    }
    if (response.status >= 500 || response.status === 429) {
      throw new SignInError('unreachable', `The sign-in provider answers ${response.status}.`);
    }
    throw refusal(answer.error ?? `status ${response.status}`, answer.error_description);
  }

  /** @param {Record<string, string | undefined>} [form] to be posted */
  async #ask(address, form) {
    try {
      return await this.#fetch(address, {
        method: form === undefined ? 'GET' : 'POST',
        body: form && new URLSearchParams(given(form)),
        headers: { accept: 'application/json' },
        credentials: 'omit',
        cache: 'no-store',
        redirect: 'error',
        signal: AbortSignal.timeout(ANSWER_WITHIN_MS),
      });
    } catch {
      const why = 'It may be down, or not allow this page’s address (CORS).';
      throw new SignInError('unreachable', `The sign-in provider ${this.#settings.issuer} can’t be reached. ${why}`);
    }
  }

  /**
   * The ID token's claims, checked as OpenID Connect Core has it (§3.1.3.7). It came from the provider's own address, so its
   * signature isn't asked for; what may be seen is decided by the access token, which the server verifies.
   */
  #identity(token) {
    const { issuer, client } = this.#settings;
    const claims = payload(token);
    const audience = [claims?.aud ?? []].flat();
    if (typeof claims?.sub !== 'string' || claims.iss !== issuer) {
      throw new SignInError('wrong_issuer', `The provider gave no ID token of ${issuer}.`);
    }
    if (!audience.includes(client) || (claims.azp ?? client) !== client) {
      throw new SignInError('refused', `The provider’s ID token is not for ${client}.`);
    }
    const apart = this.#now() - claims.iat * 1_000;
    if (!(Math.abs(apart) <= CLOCKS_MS && claims.exp * 1_000 > this.#now() - CLOCKS_MS)) {
      const minutes = Math.round(Math.abs(apart) / 60_000);
      throw new SignInError('clock', `The clocks of this computer and of the provider are ${minutes} minutes apart. Set the one that is wrong.`);
    }
    return claims;
  }

  /** @returns {Grant} */
  #grant(response, { id, subject, refresh }) {
    const claims = payload(response.access_token);
    if (claims === undefined) {
      throw new SignInError(
        'opaque',
        'The provider’s access token is opaque (no JSON Web Token), so this server can’t verify it. The operator names the ' +
          'server to the provider: `resource` or `audience` under `sign-in` in the issuer’s file.',
      );
    }
    const at = this.#now();
    const life = 1_000 * (response.expires_in ?? claims.exp - claims.iat);
    if (!(life > 0)) {
      throw new SignInError('refused', 'The provider’s access token doesn’t say how long it lasts.');
    }
    const ahead = claims.iat * 1_000 - at || 0;
    return { id, subject, access: response.access_token, refresh: response.refresh_token ?? refresh, at, life, ahead };
  }
}

/** The page talks to the issuer's own address alone, and goes to no address that is a script. */
function checkEndpoints(document, origin) {
  for (const name of ['authorization_endpoint', 'token_endpoint', 'revocation_endpoint', 'end_session_endpoint']) {
    const required = name === 'authorization_endpoint' || name === 'token_endpoint';
    if (document[name] === undefined && !required) {
      continue;
    }
    const spoken = name === 'token_endpoint' || name === 'revocation_endpoint';
    const address = URL.canParse(document[name] ?? '') ? new URL(document[name]) : undefined;
    if (!/^https?:$/.test(address?.protocol ?? '') || (spoken && address.origin !== origin)) {
      throw new SignInError('wrong_issuer', `The sign-in provider’s ${name} is not an address of ${origin}.`);
    }
  }
}

/** What the provider says no with (RFC 6749 §4.1.2.1, §5.2). */
function refusal(error, description) {
  const said = description ? `${error}: ${description}` : error;
  switch (error) {
    case 'access_denied':
      return new SignInError('refused', `You were not signed in: it was cancelled or not allowed (${said}).`);
    case 'invalid_grant':
    case 'login_required':
    case 'interaction_required':
      return new SignInError('ended', `Your session at the sign-in provider has ended (${said}).`);
    case 'temporarily_unavailable':
    case 'server_error':
      return new SignInError('unreachable', `The sign-in provider can’t sign you in now (${said}).`);
    default:
      return new SignInError('refused', `The sign-in provider refuses this page (${said}).`);
  }
}

const given = (parameters) => Object.entries(parameters).filter(([, value]) => value !== undefined);

const base64url = (bytes) =>
  btoa(String.fromCharCode(...bytes)).replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '');

/** 256 random bits; what a verifier needs (RFC 7636 §4.1). */
const random = () => base64url(crypto.getRandomValues(new Uint8Array(32)));

async function challenge(verifier) {
  return base64url(new Uint8Array(await crypto.subtle.digest('SHA-256', new TextEncoder().encode(verifier))));
}

/** @returns {Record<string, any> | undefined} undefined for what isn't a signed JSON Web Token */
function payload(token) {
  try {
    const parts = token.split('.');
    const [header, claims] = parts.slice(0, 2).map((part) => {
      const bytes = atob(part.replaceAll('-', '+').replaceAll('_', '/'));
      return JSON.parse(new TextDecoder().decode(Uint8Array.from(bytes, (c) => c.charCodeAt(0))));
    });
    return parts.length === 3 && typeof header.alg === 'string' && typeof claims === 'object' ? claims : undefined;
  } catch {
    return undefined;
  }
}
