import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { test } from 'node:test';
import { Provider } from '../../main/resources/META-INF/resources/dashboard/openid.js';

const ISSUER = 'https://login.example/realms/shop';
const PAGE = 'https://millrace.example/sign-in';
const NOW = 1_800_000_000;
const DOCUMENT = {
  issuer: ISSUER,
  authorization_endpoint: `${ISSUER}/auth?tenant=1`,
  token_endpoint: `${ISSUER}/token`,
  revocation_endpoint: `${ISSUER}/revoke`,
  end_session_endpoint: `${ISSUER}/logout`,
};
const SETTINGS = { issuer: ISSUER, client: 'pages', scope: 'openid', resource: 'https://millrace.example' };

const part = (value) => Buffer.from(JSON.stringify(value)).toString('base64url');
const jwt = (claims) => `${part({ alg: 'ES256' })}.${part(claims)}.c2ln`;
const json = (status, body) => new Response(JSON.stringify(body), { status });

/** A provider whose answers a test chooses; `asked` are the requests. */
function world({ document = DOCUMENT, token = {}, access = {}, id = {}, settings = SETTINGS, now = NOW, answer } = {}) {
  const asked = [];
  let nonce;
  const from = async (address, { body }) => {
    const form = body && Object.fromEntries(body);
    asked.push({ address, form });
    if (address.endsWith('/openid-configuration')) {
      return document instanceof Error ? Promise.reject(document) : json(document === null ? 500 : 200, document);
    }
    if (address.endsWith('/revoke')) {
      return json(200, {});
    }
    return (
      answer?.(form) ??
      json(200, {
        access_token: jwt({ iat: NOW, exp: NOW + 60, ...access }),
        refresh_token: 'r-1',
        expires_in: 60,
        id_token: jwt({ iss: ISSUER, aud: 'pages', sub: 'ann', iat: NOW, exp: NOW + 60, nonce, ...id }),
        ...token,
      })
    );
  };
  const provider = new Provider(settings, PAGE, from, () => now * 1_000);
  return {
    provider,
    asked,
    async begin() {
      const begun = await provider.begin();
      nonce = begun.pending.nonce;
      return begun;
    },
    async signIn(answered = {}) {
      const { pending } = await this.begin();
      return provider.finish(new URLSearchParams({ code: 'c-1', state: pending.state, ...answered }), pending);
    },
  };
}

const fails = (promise, code, words) =>
  assert.rejects(promise, (e) => {
    assert.equal(e.code, code, e.message);
    assert.match(e.message, words);
    return true;
  });

test('the address asks for a code with PKCE, and for a token for this server', async () => {
  const { provider } = world({ settings: { ...SETTINGS, audience: 'api', prompt: 'consent' } });
  const { address, pending } = await provider.begin();
  const { tenant, ...parameters } = Object.fromEntries(new URL(address).searchParams);
  assert.equal(tenant, '1');
  assert.deepEqual(parameters, {
    response_type: 'code',
    client_id: 'pages',
    redirect_uri: PAGE,
    scope: 'openid',
    state: pending.state,
    nonce: pending.nonce,
    code_challenge: createHash('sha256').update(pending.verifier).digest('base64url'),
    code_challenge_method: 'S256',
    resource: 'https://millrace.example',
    audience: 'api',
    prompt: 'consent',
  });
  assert.ok(pending.verifier.length >= 43 && new Set(Object.values(pending)).size === 3);
  assert.notEqual((await provider.begin()).pending.verifier, pending.verifier);
});

test('a code becomes a grant, and a refresh token another one', async () => {
  const there = world();
  const grant = await there.signIn();
  assert.equal(grant.subject, 'ann');
  assert.equal(grant.refresh, 'r-1');
  assert.deepEqual([grant.at, grant.life, grant.ahead], [NOW * 1_000, 60_000, 0]);
  const { form } = there.asked.find(({ form }) => form !== undefined);
  assert.deepEqual(Object.keys(form).sort(), ['client_id', 'code', 'code_verifier', 'grant_type', 'redirect_uri', 'resource']);
  const next = await there.provider.renew(grant);
  assert.equal(next.id, grant.id);
  assert.deepEqual(there.asked.at(-1).form, {
    grant_type: 'refresh_token',
    refresh_token: 'r-1',
    client_id: 'pages',
    resource: 'https://millrace.example',
  });
  assert.equal(there.asked.filter(({ address }) => address.endsWith('configuration')).length, 1);
});

test('a provider that rotates no refresh token keeps the one that there is', async () => {
  const there = world({ token: { refresh_token: undefined, id_token: undefined } });
  const next = await there.provider.renew({ id: 'g', subject: 'ann', refresh: 'r-0', access: 'a' });
  assert.equal(next.refresh, 'r-0');
});

test('times are the provider’s: a clock that is somewhat wrong renews in time', async () => {
  const late = await world({ now: NOW + 200 }).signIn();
  assert.equal(late.ahead, -200_000);
  const early = await world({ now: NOW - 200, token: { expires_in: undefined } }).signIn();
  assert.deepEqual([early.ahead, early.life], [200_000, 60_000]);
});

test('a clock that is far off is told as what it is', async () => {
  await fails(world({ now: NOW + 720 }).signIn(), 'clock', /12 minutes apart/);
  await fails(world({ now: NOW - 720 }).signIn(), 'clock', /12 minutes apart/);
});

test('an answer that nobody in this tab asked for is not taken', async () => {
  const { provider, asked } = world();
  const answer = new URLSearchParams({ code: 'c', state: 's' });
  await fails(provider.finish(answer, undefined), 'not_begun', /no sign-in that was begun in this tab/);
  await fails(provider.finish(answer, { state: 'another', nonce: 'n', verifier: 'v' }), 'not_begun', /begun/);
  await fails(provider.finish(new URLSearchParams({ code: 'c' }), { state: 's' }), 'not_begun', /begun/);
  await fails(provider.finish(new URLSearchParams({ error: 'x', error_description: 'call 555' }), undefined), 'not_begun', /^((?!555).)*$/);
  assert.deepEqual(asked, []);
});

test('the answer of another issuer is not taken (RFC 9207)', async () => {
  await fails(world().signIn({ iss: 'https://evil.example' }), 'wrong_issuer', /another issuer/);
  const promises = { ...DOCUMENT, authorization_response_iss_parameter_supported: true };
  await fails(world({ document: promises }).signIn(), 'wrong_issuer', /another issuer \(none\)/);
  assert.equal((await world({ document: promises }).signIn({ iss: ISSUER })).subject, 'ann');
});

test('a provider that is another one, or speaks for another address, gets nothing', async () => {
  const others = [
    { issuer: `${ISSUER}/` },
    { issuer: undefined },
    { token_endpoint: 'https://evil.example/token' },
    { revocation_endpoint: 'https://evil.example/revoke' },
    { token_endpoint: undefined },
    { authorization_endpoint: 'javascript:alert(1)' },
    { authorization_endpoint: undefined },
    { end_session_endpoint: 'data:text/html,x' },
  ];
  for (const other of others) {
    const { provider, asked } = world({ document: { ...DOCUMENT, ...other } });
    await fails(provider.begin(), 'wrong_issuer', /sign-in provider/);
    assert.equal(asked.length, 1);
  }
});

test('a provider that is down, or refuses this page’s origin, can’t be reached', async () => {
  await fails(world({ document: new TypeError('Failed to fetch') }).provider.begin(), 'unreachable', /can’t be reached.*CORS/);
  await fails(world({ document: null }).provider.begin(), 'unreachable', /500/);
  await fails(world({ answer: () => json(503, {}) }).signIn(), 'unreachable', /503/);
  await fails(world({ answer: () => json(429, { error: 'slow_down' }) }).signIn(), 'unreachable', /429/);
  await fails(world({ answer: () => new Response('<html>', { status: 200 }) }).signIn(), 'refused', /status 200/);
});

test('what the provider says no with is told', async () => {
  await fails(world().signIn({ error: 'access_denied', error_description: 'End-User aborted' }), 'refused', /cancelled.*aborted/);
  await fails(world().signIn({ error: 'invalid_scope' }), 'refused', /invalid_scope/);
  await fails(world().signIn({ error: 'temporarily_unavailable' }), 'unreachable', /now/);
  const ended = world({ answer: () => json(400, { error: 'invalid_grant' }) });
  await fails(ended.provider.renew({ refresh: 'r', subject: 'ann' }), 'ended', /session .* has ended/);
});

test('an ID token that is for somebody else signs nobody in', async () => {
  const wrong = [{ nonce: 'old' }, { aud: 'shop' }, { aud: ['shop'] }, { aud: ['pages', 'shop'], azp: 'shop' }, { iss: 'https://evil.example' }, { sub: 7 }];
  for (const id of wrong) {
    await assert.rejects(world({ id }).signIn(), { name: 'Error' }, JSON.stringify(id));
  }
  for (const id_token of [undefined, 'x', 'a.b.c', 7]) {
    await fails(world({ token: { id_token } }).signIn(), 'wrong_issuer', /no ID token/);
  }
  const other = world({ id: { sub: 'bob' } });
  await fails(other.provider.renew({ refresh: 'r', subject: 'ann' }), 'ended', /somebody else/);
  assert.equal((await world({ id: { aud: ['pages', 'shop'], azp: 'pages' } }).signIn()).subject, 'ann');
});

test('an access token that this server can’t verify says what to set', async () => {
  for (const access_token of ['opaque', 'a.b', `${jwt({ iat: NOW, exp: NOW + 60 })}.text.tag`, `${part({ alg: 'dir' })}.k.iv.text.tag`, 'x.y.z']) {
    await fails(world({ token: { access_token } }).signIn(), 'opaque', /`resource` or `audience`/);
  }
});

test('signing out revokes the refresh token and puts no token into an address', async () => {
  const there = world();
  const address = new URL(await there.provider.end('r-1'));
  assert.deepEqual(Object.fromEntries(address.searchParams), { client_id: 'pages', post_logout_redirect_uri: PAGE });
  assert.deepEqual(there.asked.at(-1).form, { token: 'r-1', token_type_hint: 'refresh_token', client_id: 'pages' });
  const silent = world({ document: { ...DOCUMENT, end_session_endpoint: undefined, revocation_endpoint: undefined } });
  assert.equal(await silent.provider.end('r-1'), undefined);
  assert.equal(silent.asked.length, 1);
});
