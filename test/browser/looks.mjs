// Each page on a phone and a desktop, light and dark: read by axe-core, photographed for people, and not wider than
// the window.
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { check } from './checks.mjs'
import { register } from './consent.mjs'

const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')
const LONG = 'An application whose name is long, as names are that somebody else chose, andhasonewordthatneverseemstoendatallwhateveryoudo'

export async function looks (world) {
  const { provider, application, open } = world
  await provider.tell('clients', '120')
  const consent = await register(provider, 'Notes', application.url + '/callback')
  const hostile = await register(provider, LONG, 'https://a-host-whose-name-is-long.and-has-many-parts.example.com:8443/url?q=' + 'https://app.example.com/callback/'.repeat(12))
  for (const colorScheme of ['light', 'dark']) {
    for (const [device, width, height] of [['phone', 390, 844], ['desktop', 1280, 800]]) {
      const page = await open({ colorScheme, viewport: { width, height }, permissions: ['clipboard-read', 'clipboard-write'] })
      const look = name => examine(world, page, name, `${colorScheme}-${device}`)
      await walk(world, page, look, consent, hostile)
      check(`no page made a complaint, ${colorScheme}, ${device}`, page.context().complaints.length === 0, page.context().complaints.join('\n'))
      await page.context().close()
    }
  }
}

async function walk ({ provider }, page, look, consent, hostile) {
  const go = path => page.goto(provider.url + path)
  await go('/')
  await look('clients')
  await go('/?from=50')
  await look('clients-middle')
  await go('/?q=nothing')
  await look('clients-not-found')
  await go('/new')
  await look('new')
  await page.getByLabel('Client Name').fill(LONG)
  await page.getByLabel('Redirect URIs').fill('app.example.com/callback')
  await page.getByRole('button', { name: 'Create Client' }).click()
  await look('new-fault')
  await page.getByLabel('Redirect URIs').fill('https://app.example.com/callback')
  await page.getByRole('button', { name: 'Create Client' }).click()
  await page.getByRole('button', { name: 'Copy Client Secret' }).click()
  await page.getByText('Client Secret copied').waitFor()
  await look('created')
  await page.reload()
  await look('edit')
  await page.getByRole('link', { name: 'Regenerate Secret' }).click()
  await look('regenerate')
  await page.goBack()
  await page.getByRole('link', { name: 'Delete Client' }).click()
  await look('delete')
  await page.getByRole('button', { name: 'Delete Client' }).click()
  await look('deleted')
  await go('/nowhere')
  await look('not-found')
  await go('/consent')
  await look('consents-none')
  await page.goto(hostile)
  await look('consent-long')
  await page.goto(consent)
  await look('consent')
  await page.getByRole('button', { name: 'Allow' }).click()
  await page.getByRole('heading', { name: 'Application' }).waitFor()
  await go('/consent')
  await look('consents')
  await page.goto(consent + '&prompt=login')
  await look('continue')
  await go('/sign-ins')
  await look('sign-ins')
  await go('/people')
  await look('people')
  await go('/logout')
  await look('logout')
  await page.getByRole('button', { name: 'Sign out' }).click()
  await look('logged-out')
  await go('/consent')
  await page.getByRole('button', { name: 'Revoke' }).click()
  await provider.tell('speak', provider.bob)
  await go('/')
  await provider.tell('speak', provider.alice)
  await look('grant')
}

async function examine ({ pictures }, page, name, how) {
  await page.screenshot({ path: join(pictures, `${name}-${how}.png`), fullPage: true })
  await page.evaluate(AXE)
  const { violations } = await page.evaluate(() => window.axe.run())
  check(`axe-core has nothing against ${name}, ${how}`, violations.length === 0, violations.map(({ id, nodes }) =>
    `${id}: ${nodes.map(node => `${node.html} ${node.failureSummary}`).join('; ')}`).join('\n       '))
  if (how === 'light-desktop') await tab(page, name)
  const tooWide = await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth)
  check(`${name} fits its window, ${how}`, tooWide <= 0, `${tooWide} pixels too wide`)
}

// The Tab key reaches each control, in the order of the page, and shows where it is.
async function tab (page, name) {
  const wanted = await page.evaluate(() => {
    // From the beginning of the page, wherever the focus was.
    document.body.tabIndex = -1
    document.body.focus()
    document.body.removeAttribute('tabindex')
    const all = [...document.querySelectorAll('a[href], button, input, select, textarea, [tabindex="0"]')]
      .filter(control => control.type !== 'hidden' && !control.hidden)
    all.forEach((control, i) => { control.dataset.stop = i })
    return all.length
  })
  const reached = []
  const unseen = []
  for (let i = 0; i < wanted; i++) {
    await page.keyboard.press('Tab')
    const [stop, seen] = await page.evaluate(() => {
      const control = document.activeElement
      const outlines = [getComputedStyle(control), getComputedStyle(control, '::after')]
      return [control.dataset.stop, outlines.some(style => style.outlineStyle !== 'none' && parseFloat(style.outlineWidth) >= 2)]
    })
    reached.push(stop)
    if (!seen) unseen.push(stop)
  }
  check(`the keyboard reaches everything of ${name}`, reached.every((stop, i) => Number(stop) === i), reached.join(' '))
  check(`and its place is seen on ${name}`, unseen.length === 0, unseen.join(' '))
}
