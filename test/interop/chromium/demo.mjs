// Chromium uses the page of `make demo` as its visitors do: by its texts.
//
//   node demo.mjs ROOT STATE CHROMIUM    (the repository; a directory for profile and screenshots; the browser)
import { spawn } from 'node:child_process'
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { chromium } from 'playwright-core'
import { check, finish } from './checks.mjs'

const START_LIMIT = 180_000 // ms; the demo may have to be compiled first
const LIMIT = 15_000 // ms, for one step in the browser

const [root, state, executablePath] = process.argv.slice(2)
mkdirSync(state, { recursive: true })

// A process group of its own, so that make and what it started can be ended together.
const demo = spawn('make', ['demo', 'DEMO_PORT=0'], {
  cwd: root, detached: true, stdio: ['ignore', 'pipe', 'inherit']
})
const ended = new Promise(resolve => demo.once('exit', resolve))
let browser
try {
  const home = await printedURL()
  browser = await chromium.launchPersistentContext(join(state, 'profile'), {
    executablePath,
    args: ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking',
      '--disable-component-update', '--disable-sync']
  })
  await drive(await browser.newPage(), home)
} catch (error) {
  check('the demo', false, error.stack)
} finally {
  await browser?.close()
  await stop()
}
finish()

async function drive (page, home) {
  const complaints = []
  page.setDefaultTimeout(LIMIT)
  page.on('pageerror', error => complaints.push(String(error)))
  page.on('console', message => { if (message.type() === 'error') complaints.push(message.text()) })

  const text = name => page.locator(name).innerText()
  const become = async name => {
    await page.goto(home)
    const button = page.getByRole('button', { name })
    await button.click()
    const pressed = page.getByRole('button', { name, pressed: true })
    await pressed.waitFor()
  }
  const logIn = () => page.getByRole('link', { name: 'Log in using Tailscale' }).click()
  const logOut = async () => {
    await page.getByRole('button', { name: 'Log out' }).click()
    await page.getByRole('link', { name: 'Log in using Tailscale' }).waitFor()
  }

  for (const [name, email] of [['Alice', 'alice@example.com'], ['Bob', 'bob@example.com']]) {
    await become(new RegExp(`^${name}`))
    await logIn()
    await page.getByRole('heading', { name: `Signed in as ${name}` }).waitFor()
    const claims = JSON.parse(await text('#claims'))
    check(`${name} signs in by one click`, claims.email === email, JSON.stringify(claims))
    check(`${name}'s ID token tells the device`, Boolean(claims.node && claims.key && claims.tailnet),
      JSON.stringify(claims))
    const info = JSON.parse(await text('#userinfo'))
    check(`${name}'s userinfo is of the same person`, info.sub === claims.sub && info.email === email,
      JSON.stringify(info))
    await page.screenshot({ path: join(state, `${name}.png`), fullPage: true })

    await page.getByRole('button', { name: 'Refresh' }).click()
    await page.getByText('Refreshed once').waitFor()
    const fresh = JSON.parse(await text('#claims'))
    check(`${name}'s refresh gives a new ID token`, fresh.jti !== claims.jti && fresh.sub === claims.sub,
      JSON.stringify(fresh))
    await logOut()
  }
  check('the pages make no complaint in the console', complaints.length === 0, complaints.join('\n'))

  // A refusal is an answer with an error status, which the console rightly shows.
  for (const [button, what, reason] of [
    [/tagged device/, 'the tagged device', /tagged/i],
    [/not on the tailnet/, 'who is not on the tailnet', /tailnet/i]
  ]) {
    await become(button)
    const answer = page.waitForResponse(response => response.url().includes('/authorize?'))
    await logIn()
    const status = (await answer).status()
    check(`${what} is refused`, status === 403, status)
    const shown = await page.locator('main').innerText()
    check(`${what} is told why`, reason.test(shown), shown)
    check(`${what} is left with no code`, !page.url().includes('code='), page.url())
    await page.screenshot({ path: join(state, `${what.replaceAll(' ', '-')}.png`), fullPage: true })
  }
}

function printedURL () {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error('make demo printed no URL in time')), START_LIMIT)
    demo.once('exit', status => reject(new Error(`make demo ended with status ${status}`)))
    createInterface(demo.stdout).on('line', line => {
      const url = /http:\/\/localhost:\d+\//.exec(line)
      if (url) {
        clearTimeout(timer)
        resolve(url[0])
      }
    })
  })
}

async function stop () {
  if (demo.exitCode === null && demo.signalCode === null) process.kill(-demo.pid, 'SIGTERM')
  const late = setTimeout(() => process.kill(-demo.pid, 'SIGKILL'), LIMIT)
  await ended
  clearTimeout(late)
}
