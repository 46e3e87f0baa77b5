/**
 * An OpenID provider (npm's oidc-provider) whose people have the roles that it is told, one JSON object a line:
 * `{"roles": {"ann": ["staff"]}}`, or `{"format": "opaque"}` for the access tokens that it gives from then on.
 *
 *     node provider.js <issuer> <the pages' origin> <seconds of an access token>
 */
import { generateKeyPairSync, randomUUID } from 'node:crypto';
import { createInterface } from 'node:readline';
import Provider from 'oidc-provider';

const [issuer, pages, seconds] = process.argv.slice(2);
const roles = new Map();
let format = 'jwt';

const key = { ...generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey.export({ format: 'jwk' }), kid: randomUUID(), alg: 'ES256', use: 'sig' };
const provider = new Provider(issuer, {
  jwks: { keys: [key] },
  cookies: { keys: [randomUUID()] },
  clients: [
    {
      client_id: 'millrace-pages',
      token_endpoint_auth_method: 'none',
      redirect_uris: [`${pages}/sign-in`],
      post_logout_redirect_uris: [`${pages}/sign-in`],
      grant_types: ['authorization_code', 'refresh_token'],
      id_token_signed_response_alg: 'ES256',
    },
  ],
  clientBasedCORS: (ctx, origin) => origin === pages,
  findAccount: (ctx, id) => ({ accountId: id, claims: () => ({ sub: id }) }),
  extraTokenClaims: (ctx, token) => ({ roles: roles.get(token.accountId) ?? [] }),
  features: {
    revocation: { enabled: true },
    resourceIndicators: {
      enabled: true,
      useGrantedResource: () => true,
      getResourceServerInfo: () => ({
        scope: '',
        audience: 'millrace',
        accessTokenTTL: Number(seconds),
        accessTokenFormat: format,
        jwt: { sign: { alg: 'ES256' } },
      }),
    },
  },
});
provider.on('server_error', (ctx, error) => console.error(error));
const tell = (what) => console.log(JSON.stringify(what));
provider.on('grant.success', (ctx) => tell({ granted: ctx.oidc.params.grant_type }));
provider.on('grant.error', (ctx, error) => tell({ refused: `${ctx.oidc.params.grant_type} ${error.message}` }));
provider.on('end_session.success', () => tell({ ended: true }));

createInterface({ input: process.stdin })
  .on('line', (line) => {
    const told = JSON.parse(line);
    format = told.format ?? format;
    Object.entries(told.roles ?? {}).forEach(([user, theirs]) => roles.set(user, theirs));
    tell({ done: true });
  })
  .on('close', () => process.exit());
provider.listen(Number(new URL(issuer).port), '127.0.0.1', () => tell({ listening: issuer }));
