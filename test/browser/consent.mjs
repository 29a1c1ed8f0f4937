// A self-registered application: a person is asked once, and can revoke the consent.
import { check } from './checks.mjs'

const STATE = 'a state & more'

export async function register (provider, name, redirectUri) {
  const answer = await fetch(provider.url + '/register', {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify({ client_name: name, redirect_uris: [redirectUri] })
  })
  const client = await answer.json()
  return `${provider.url}/authorize?` + new URLSearchParams({
    response_type: 'code', client_id: client.client_id, redirect_uri: redirectUri, scope: 'openid email', state: STATE
  })
}

export async function consents ({ provider, application, open }, javaScriptEnabled, how) {
  for (const [place, callback] of [['loopback', application.url + '/callback'],
    ['the web', 'https://app.example.com/callback?kept=1'], ['IPv6', 'http://[::1]:4000/callback']]) {
    let page = await open({ javaScriptEnabled })
    const context = page.context()
    const says = what => `${what}, at ${place}, ${how}`
    // Whether the application answers does not matter: it got the request. Another tab continues.
    const arrives = async go => {
      const [request] = await Promise.all([page.waitForRequest(request => request.url().startsWith(callback)), go().catch(() => {})])
      await page.close()
      page = await context.newPage()
      return new URL(request.url()).searchParams
    }
    const chosen = `Notes ${place} <i>${how}</i>`
    const name = chosen.replaceAll(/[<>/]/g, '')
    const start = await register(provider, chosen, callback)

    await page.goto(start)
    check(says('a person is asked, by name'), await page.getByRole('heading', { level: 1 }).innerText() === `Sign in to ${name}?`)
    check(says('and by address'), await page.locator('.destination').innerText() === callback)
    check(says('whose host stands out'), await page.locator('.destination strong').innerText() === new URL(callback).host)
    check(says('and told what is learnt'), await page.getByText(`your e-mail address ${provider.alice}`).isVisible())
    const denied = await arrives(() => page.getByRole('button', { name: 'Deny' }).click())
    check(says('who denies is sent back without a code'), denied.get('error') === 'access_denied' &&
      !denied.has('code') && denied.get('state') === STATE, String(denied))

    await page.goto(start)
    const allowed = await arrives(() => page.getByRole('button', { name: 'Allow' }).click())
    check(says('who allows is sent back with a code'), allowed.has('code') && allowed.get('state') === STATE &&
      allowed.get('iss') === provider.issuer, String(allowed))
    check(says('who allowed is not asked again'), (await arrives(() => page.goto(start))).has('code'))
    await page.goto(start + '&prompt=login')
    const continued = await arrives(() => page.getByRole('button', { name: /^Continue as / }).click())
    check(says('a click on Continue leads back'), continued.has('code') && continued.get('state') === STATE, String(continued))
    const [posted] = await Promise.all([page.waitForRequest(request => request.url() === callback), (async () => {
      await page.goto(start + '&response_mode=form_post')
      if (!javaScriptEnabled) await page.getByRole('button', { name: 'Return to the application' }).click()
    })().catch(() => {})])
    const fields = new URLSearchParams(posted.postData())
    check(says('a code can be posted'), posted.method() === 'POST' && fields.has('code') && fields.get('state') === STATE)
    await page.close()
    page = await context.newPage()

    await page.goto(provider.url + '/consent')
    const row = () => page.getByRole('listitem').filter({ hasText: name })
    check(says('what was allowed is listed'), await row().count() === 1)
    await row().getByRole('button', { name: 'Revoke' }).click()
    check(says('what is revoked is told'), await page.getByRole('status').innerText() === `${name} must ask you again.`)
    check(says('and gone'), await row().count() === 0)
    await page.goto(start)
    check(says('and asked about again'), await page.getByRole('button', { name: 'Allow' }).isVisible())
    check(says('no page made a complaint'), context.complaints.length === 0, context.complaints.join('\n'))
    await context.close()
  }
}
