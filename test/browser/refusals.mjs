// A person without access is told what is missing, and other sites can't change anything.
import { check } from './checks.mjs'

export async function withstands ({ provider, application, open }, javaScriptEnabled, how) {
  const page = await open({ javaScriptEnabled, permissions: javaScriptEnabled ? ['clipboard-read', 'clipboard-write'] : [] })
  const says = what => `${what}, ${how}`

  await provider.tell('speak', provider.bob)
  for (const path of ['/', '/new', '/edit/x']) {
    const answer = await page.goto(provider.url + path)
    check(says(`who has no grant gets nothing at ${path}`), answer.status() === 403)
  }
  const grant = JSON.parse(await page.locator('#grant').innerText())
  check(says('and is shown the grant that is missing'), grant.src[0] === provider.bob &&
    grant.app['tailscale.com/cap/tsidp'][0].allow_admin_ui === true, JSON.stringify(grant))
  if (javaScriptEnabled) {
    await page.getByRole('button', { name: 'Copy Grant' }).click()
    await page.getByText('Grant copied').waitFor()
    check(says('which can be copied'), JSON.parse(await page.evaluate(() => navigator.clipboard.readText())).src.length === 1)
  }
  await provider.tell('grant', provider.bob, JSON.stringify(grant.app['tailscale.com/cap/tsidp'][0]))
  check(says('the grant lets them in at once'), (await page.goto(provider.url + '/')).status() === 200)
  await provider.tell('grant', provider.bob, '{}')
  check(says('and its end shuts them out'), (await page.goto(provider.url + '/')).status() === 403)
  await provider.tell('speak', provider.alice)

  const before = await count(page, provider)
  const other = new URLSearchParams({ to: provider.url + '/new', name: 'Evil', redirect_uri: 'https://evil.example/' })
  await page.goto(`${application.url}/post?${other}`)
  await page.getByRole('button', { name: 'Go' }).click()
  await page.getByRole('heading', { name: 'Your changes were not saved' }).waitFor()
  check(says('a form of another site is refused'), await page.getByText('access_denied (403)').isVisible())
  check(says('and creates nothing'), await count(page, provider) === before)

  await page.goto(provider.url + '/new')
  await page.getByLabel('Client Name').fill('Late')
  await page.getByLabel('Redirect URIs').fill('https://late.example.com/')
  await page.locator('[name=form_token]').evaluate(field => { field.value = 'another' })
  await page.getByRole('button', { name: 'Create Client' }).click()
  check(says('a form with another token is refused'),
    await page.getByRole('heading', { name: 'Your changes were not saved' }).isVisible())
  check(says('and creates nothing either'), await count(page, provider) === before)
  check(says('no refusal made a complaint'), page.context().complaints.length === 0, page.context().complaints.join('\n'))
  await page.context().close()
}

async function count (page, provider) {
  await page.goto(provider.url + '/')
  return page.locator('.count').innerText()
}
