// The admin pages and the consent page, as a person uses them.
//
//   node pages.mjs ROOT BUILD    (the repository; where screenshots go)
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { chromium } from 'playwright-core'
import { finish, story } from './checks.mjs'
import { administers } from './administration.mjs'
import { consents } from './consent.mjs'
import { looks } from './looks.mjs'
import { startApplication, startProvider } from './provider.mjs'
import { withstands } from './refusals.mjs'

const LIMIT = 15_000 // ms, for one step in the browser

const [root, build] = process.argv.slice(2)
const pictures = join(build, 'pictures')
mkdirSync(pictures, { recursive: true })

const application = await startApplication()
const provider = await startProvider(root, build)
const browser = await chromium.launch({
  executablePath: '/usr/bin/chromium',
  args: ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking',
    '--disable-component-update', '--disable-sync', '--host-resolver-rules=MAP * ~NOTFOUND , EXCLUDE localhost , EXCLUDE 127.0.0.1']
})

// A fresh browser; `complaints` collects console messages and policy violations of its pages.
async function open (options = {}) {
  const context = await browser.newContext({ locale: 'en', ...options })
  context.setDefaultTimeout(LIMIT)
  context.complaints = []
  context.on('weberror', error => context.complaints.push(String(error.error())))
  context.on('console', message => {
    if (message.type() === 'error' && !message.text().startsWith('Failed to load resource')) {
      context.complaints.push(message.text())
    }
  })
  return context.newPage()
}

try {
  const world = { provider, application, open, pictures }
  for (const javaScriptEnabled of [true, false]) {
    const how = javaScriptEnabled ? 'with JavaScript' : 'without JavaScript'
    await story(`administering, ${how}`, () => administers(world, javaScriptEnabled, how))
    await story(`refusals, ${how}`, () => withstands(world, javaScriptEnabled, how))
    await story(`consent, ${how}`, () => consents(world, javaScriptEnabled, how))
  }
  await story('looks', () => looks(world))
} finally {
  await browser.close()
  await application.stop()
  await provider.stop()
}
finish()
