import { REAL_CLOCK } from '/client/environment.js';
import { Provider } from './openid.js';

const GRANT = 'millrace.grant';
const STEP = 'millrace.step';
/** The page of the steps; its address is registered at the provider. */
const PAGE = '/sign-in';

/** An access token is renewed as soon as so much of its life is over: before the client asks for the next one. */
const DUE = 0.7;
/** A provider that can't be reached is asked again after this, in ms. */
const AGAIN_MS = 5_000;
/** A token that is refused sooner than this after it came isn't worth another one, in ms. */
const YOUNG_MS = 5_000;
/** How long the tab before a reload may take to be gone, in ms. */
const GONE_WITHIN_MS = 2_000;

/**
 * A person signed in at the OpenID provider that the operator names. The tokens are in this tab's storage, so that a reload
 * keeps them, and nowhere else; never in an address.
 */
export class OpenIdSession {
  #grant = parsed(sessionStorage.getItem(GRANT));
  #renewing;
  #asked = 0;
  #again;
  #others = new BroadcastChannel('millrace.sign-out');
  #owned = this.#own();

  /** Why the sign-in ended, or can't be renewed, for the person. */
  problem = '';
  provider;
  /** Whether people sign in elsewhere, and not with a token that they paste. */
  elsewhere = true;
  /** Times of tokens are the provider's: with its clock they are renewed in time even where this computer's is wrong. */
  clock = { ...REAL_CLOCK, wall: () => Date.now() + (this.#grant?.ahead ?? 0) };

  constructor(settings) {
    this.provider = new Provider(settings, location.origin + PAGE);
    this.#others.onmessage = ({ data }) => this.#grant !== undefined && data === this.#grant.subject && this.#leave({ name: 'ended' });
  }

  /** The access token; undefined for somebody who isn't signed in. */
  get token() {
    return this.#grant?.access;
  }

  /** The access token, renewed if it is time. Never fails: a token that can't be renewed is used until it ends. */
  async fresh() {
    const grant = this.#grant;
    const over = grant === undefined ? 0 : (Date.now() - grant.at) / grant.life;
    if (over > DUE && grant.refresh !== undefined && Date.now() - this.#asked > AGAIN_MS) {
      await this.#renew();
    } else if (over > 1 && grant.refresh === undefined) {
      this.problem ||= 'Your sign-in has ended: the provider gave nothing to renew it with.';
      this.#keep(undefined);
    }
    return this.token;
  }

  /** The server refuses the token. There may be another: one that isn't revoked, or that a provider now back gives. */
  async refused() {
    const grant = this.#grant;
    if (grant?.refresh === undefined || Date.now() - grant.at < YOUNG_MS) {
      return;
    }
    clearTimeout(this.#again);
    if (await this.#renew()) {
      location.reload();
    } else if (this.#grant?.refresh !== undefined) {
      this.#again = setTimeout(() => this.refused(), AGAIN_MS);
    }
  }

  /** @param {string} [back] the page to come back to */
  signIn(back = location.pathname + location.hash) {
    this.#leave({ name: 'begin', back });
  }

  /** What was shown is gone at once, with the page; then the provider's session is ended. */
  signOut() {
    this.#others.postMessage(this.#grant?.subject);
    this.#leave({ name: 'end', refresh: this.#grant?.refresh });
  }

  /** Where the page of the steps is; it takes up what the last page left. */
  takeStep() {
    const step = parsed(sessionStorage.getItem(STEP));
    sessionStorage.removeItem(STEP);
    return step;
  }

  keepStep(step) {
    sessionStorage.setItem(STEP, JSON.stringify(step));
  }

  /** @param {import('./openid.js').Grant} grant */
  keepGrant(grant) {
    this.#keep(grant);
  }

  #leave(step) {
    step.name === 'begin' || this.#keep(undefined);
    this.keepStep(step);
    location.assign(PAGE);
  }

  /** @returns {Promise<boolean>} whether there is another token; one request at a time */
  async #renew() {
    this.#renewing ??= this.#replace().finally(() => (this.#renewing = undefined));
    return this.#renewing;
  }

  async #replace() {
    if (!(await this.#owned)) {
      return false;
    }
    const before = this.#grant;
    try {
      const grant = await this.provider.renew(before);
      this.problem = '';
      this.#grant === before && this.#keep(grant);
      return true;
    } catch (e) {
      this.#asked = Date.now();
      this.problem = e.message;
      if (e.code !== 'unreachable' && this.#grant === before) {
        this.#keep({ ...before, refresh: undefined });
      }
      return false;
    }
  }

  #keep(grant) {
    this.#grant = grant;
    grant === undefined ? sessionStorage.removeItem(GRANT) : sessionStorage.setItem(GRANT, JSON.stringify(grant));
  }

  /**
   * A copy of a tab has its storage too, and a provider ends the session when two renew with one refresh token. So the copy
   * signs in itself.
   *
   * @returns {Promise<boolean>} whether the grant is this tab's
   */
  #own() {
    const grant = this.#grant;
    if (grant?.refresh === undefined || navigator.locks === undefined) {
      return Promise.resolve(true);
    }
    return new Promise((resolve) => {
      const held = () => {
        resolve(true);
        return new Promise(() => {}); // as long as the page is there
      };
      navigator.locks.request(`millrace ${grant.id}`, { signal: AbortSignal.timeout(GONE_WITHIN_MS) }, held).catch(() => {
        resolve(false);
        this.#keep(undefined);
        location.pathname === PAGE || this.signIn();
      });
    });
  }
}

const parsed = (text) => (text === null ? undefined : JSON.parse(text));
