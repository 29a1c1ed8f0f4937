// An administrator creates, finds, edits and deletes a client.
import { check } from './checks.mjs'

const HOSTILE = '<script>alert(1)</script>"\'&amp;'

export async function administers ({ provider, open }, javaScriptEnabled, how) {
  const page = await open({ javaScriptEnabled, permissions: javaScriptEnabled ? ['clipboard-read', 'clipboard-write'] : [] })
  const says = what => `${what}, ${how}`
  const secret = () => page.locator('#client-secret')

  await page.goto(provider.url + '/')
  check(says('the list is empty at first, or lists what there is'),
    await page.getByRole('heading', { level: 1, name: 'Tailscale OIDC Identity Provider' }).isVisible())
  await page.getByRole('link', { name: 'Add New Client' }).click()
  await page.getByLabel('Client Name').fill(HOSTILE)
  await page.getByLabel('Redirect URIs').fill('app.example.com/callback')
  await page.getByRole('button', { name: 'Create Client' }).click()
  check(says('a redirect URI without scheme is refused with a reason'),
    (await page.getByRole('alert').innerText()).includes('it has no scheme'))
  check(says('what was written stays'), await page.getByLabel('Client Name').inputValue() === HOSTILE &&
    await page.getByLabel('Redirect URIs').inputValue() === 'app.example.com/callback')

  await page.getByLabel('Redirect URIs').fill('https://app.example.com/callback\nhttp://localhost:3000/callback')
  await page.getByRole('button', { name: 'Create Client' }).click()
  await page.getByText('Client created.').waitFor()
  const id = await page.locator('#client-id').innerText()
  const first = await secret().innerText()
  check(says('a created client has an id and a secret'), /^[0-9a-f]{32}$/.test(id) && /^[0-9a-f]{64}$/.test(first))
  check(says('its page is its own, not the form\'s'), page.url() === `${provider.url}/edit/${id}`, page.url())
  check(says('its name is text'), await page.locator('.subject bdi').innerText() === HOSTILE)
  for (const [name, value] of [['issuer', provider.issuer], ['token-endpoint', provider.issuer + '/token'],
    ['discovery-url', provider.issuer + '/.well-known/openid-configuration'], ['scopes', 'openid email profile']]) {
    check(says(`its page shows the ${name}`), await page.locator('#' + name).innerText() === value)
  }
  if (javaScriptEnabled) {
    await page.getByRole('button', { name: 'Copy Client Secret' }).click()
    await page.getByText('Client Secret copied').waitFor()
    check(says('a copy button copies'), await page.evaluate(() => navigator.clipboard.readText()) === first)
  } else {
    check(says('no copy button is shown'), await page.getByRole('button', { name: /Copy/ }).count() === 0)
  }
  await page.reload()
  check(says('loading again shows no secret'), await secret().count() === 0 && !(await page.content()).includes(first))
  check(says('loading again creates nothing'), await found(page, provider, id) === 1)

  await page.goto(`${provider.url}/edit/${id}`)
  await page.getByLabel('Client Name').fill('Grafana')
  await page.getByLabel('Redirect URIs').fill('https://grafana.example.com/login/generic_oauth')
  await page.getByRole('button', { name: 'Update Client' }).click()
  check(says('an update is confirmed'), await page.getByRole('status').first().innerText() === 'Client updated.')
  check(says('an update is there'), await page.getByLabel('Client Name').inputValue() === 'Grafana')
  await page.getByLabel('Redirect URIs').fill('https://grafana.example.com/#fragment')
  await page.getByRole('button', { name: 'Update Client' }).click()
  check(says('a faulty update is refused, and stays to be mended'),
    (await page.getByRole('alert').innerText()).includes('fragment') &&
    (await page.getByLabel('Redirect URIs').inputValue()).endsWith('#fragment'))

  await page.goto(`${provider.url}/edit/${id}`)
  await page.getByRole('link', { name: 'Regenerate Secret' }).click()
  check(says('a new secret is asked about'),
    await page.getByRole('heading', { level: 1 }).innerText() === 'Regenerate Secret' && await secret().count() === 0)
  await page.getByRole('link', { name: 'Cancel' }).click()
  check(says('and can be left'), page.url() === `${provider.url}/edit/${id}` && await secret().count() === 0)
  await page.getByRole('link', { name: 'Regenerate Secret' }).click()
  await page.getByRole('button', { name: 'Regenerate Secret' }).click()
  const second = await secret().innerText()
  check(says('a new secret is shown'), /^[0-9a-f]{64}$/.test(second) && second !== first)
  await page.reload()
  check(says('and once'), await secret().count() === 0)

  check(says('a search finds by name'), await found(page, provider, 'grafa') === 1)
  check(says('a search finds by redirect URI'), await found(page, provider, 'GENERIC_OAUTH') === 1)
  check(says('a search finds nothing else'), await found(page, provider, 'nothing <b>') === 0)
  check(says('and says so'), await page.getByText('No client has “nothing <b>”').isVisible())

  await page.goto(`${provider.url}/edit/${id}`)
  await page.getByRole('link', { name: 'Delete Client' }).click()
  check(says('a deletion is asked about'), await page.getByText('Nobody can sign in').isVisible())
  await page.getByRole('button', { name: 'Delete Client' }).click()
  check(says('a deletion is told'), await page.getByRole('status').innerText() === 'Grafana was deleted.')
  check(says('what was deleted is gone'), await found(page, provider, id) === 0)
  check(says('its page too'), (await page.goto(`${provider.url}/edit/${id}`)).status() === 404)

  await page.goto(provider.url + '/new')
  await page.getByLabel('Client Name').fill('Phone')
  await page.getByLabel('Redirect URIs').fill('com.example.phone:/callback')
  await page.getByLabel('Public client').check()
  await page.getByRole('button', { name: 'Create Client' }).click()
  check(says('a public client has no secret'), await page.getByText('this client is public').isVisible() &&
    await secret().count() === 0 && await page.getByRole('link', { name: 'Regenerate Secret' }).count() === 0)
  check(says('no page made a complaint'), page.context().complaints.length === 0, page.context().complaints.join('\n'))
  await page.context().close()
}

// How many clients the list finds.
async function found (page, provider, text) {
  await page.goto(provider.url + '/')
  await page.getByLabel('Name, client ID or redirect URI').fill(text)
  await page.getByRole('button', { name: 'Search' }).click()
  return page.locator('.list li').count()
}
