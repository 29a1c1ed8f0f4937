// openid-client signs alice in: discovery, code with PKCE, ID token, userinfo, introspection, refresh. Her browser is on
// her own device; the application is on the tagged server.
//
//   node signin.mjs DESCRIPTION.json    (what `tailnet` printed)
import { readFileSync } from 'node:fs'
import * as oidc from 'openid-client'
import { fetch, ProxyAgent } from 'undici'
import { check, finish } from './checks.mjs'

const LIMIT = 20_000 // ms, for one request

const tailnet = JSON.parse(readFileSync(process.argv[2], 'utf8'))
const redirectUri = 'https://app.example.com/callback'
const ca = readFileSync(tailnet.trust, 'utf8')

const from = device => {
  const dispatcher = new ProxyAgent({ uri: `http://${device.proxy}`, requestTls: { ca } })
  return (url, options = {}) => fetch(url, { signal: AbortSignal.timeout(LIMIT), ...options, dispatcher })
}
const browser = from(tailnet.alice)
const application = from(tailnet.server)

const ways = {
  client_secret_basic: [tailnet.client, secret => oidc.ClientSecretBasic(secret)],
  client_secret_post: [tailnet.client, secret => oidc.ClientSecretPost(secret)],
  none: [tailnet.public, () => oidc.None()]
}

for (const [way, [registered, authentication]] of Object.entries(ways)) {
  try {
    await signIn(way, registered, authentication(registered.client_secret))
  } catch (error) {
    check(`${way}: sign-in`, false, `${error.stack} ${JSON.stringify(error.cause ?? '')}`)
  }
}
finish()

async function signIn (way, registered, authentication) {
  const config = await oidc.discovery(new URL(tailnet.issuer), registered.client_id, undefined, authentication, {
    [oidc.customFetch]: application
  })
  check(`${way}: discovery`, config.serverMetadata().issuer === tailnet.issuer)

  const pkceCodeVerifier = oidc.randomPKCECodeVerifier()
  const expectedState = oidc.randomState()
  const expectedNonce = oidc.randomNonce()
  const answer = await browser(oidc.buildAuthorizationUrl(config, {
    redirect_uri: redirectUri,
    scope: 'openid email profile offline_access',
    code_challenge: await oidc.calculatePKCECodeChallenge(pkceCodeVerifier),
    code_challenge_method: 'S256',
    state: expectedState,
    nonce: expectedNonce
  }), { redirect: 'manual' })
  const location = answer.headers.get('location')
  check(`${way}: redirected to the application`, location?.startsWith(redirectUri), `${answer.status} ${location}`)

  // Checks state, iss, nonce, signature, audience and times.
  const tokens = await oidc.authorizationCodeGrant(config, new URL(location), {
    pkceCodeVerifier, expectedState, expectedNonce, idTokenExpected: true
  })
  const claims = tokens.claims()
  check(`${way}: it is alice`, claims.email === 'alice@example.com', JSON.stringify(claims))
  check(`${way}: node and tailnet`, claims.node?.startsWith('alice-laptop.') && claims.tailnet, JSON.stringify(claims))
  check(`${way}: the groups that were granted`, JSON.stringify(claims.groups) === '["staff"]', JSON.stringify(claims))

  const info = await oidc.fetchUserInfo(config, tokens.access_token, claims.sub)
  check(`${way}: userinfo`, info.name === 'Alice Example' && info.preferred_username === 'alice', JSON.stringify(info))

  if (way !== 'none') {
    const introspected = await oidc.tokenIntrospection(config, tokens.access_token)
    check(`${way}: introspection`, introspected.active === true && introspected.sub === claims.sub,
      JSON.stringify(introspected))
  }

  const refreshed = await oidc.refreshTokenGrant(config, tokens.refresh_token)
  const rotates = refreshed.refresh_token !== tokens.refresh_token
  check(`${way}: refresh`, rotates === (way === 'none') && refreshed.claims().sub === claims.sub)
  const again = await oidc.refreshTokenGrant(config, refreshed.refresh_token)
  check(`${way}: refresh by the successor`, Boolean(again.access_token))
  const infoAgain = await oidc.fetchUserInfo(config, again.access_token, claims.sub)
  check(`${way}: userinfo by the newest token`, infoAgain.sub === claims.sub)

  const reused = await oidc.authorizationCodeGrant(config, new URL(location), {
    pkceCodeVerifier, expectedState, expectedNonce, idTokenExpected: true
  }).then(() => 'tokens', error => error.error)
  check(`${way}: a code works once`, reused === 'invalid_grant', reused)
}
