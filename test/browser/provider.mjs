// The provider beside a simulated tailnet, in a process that ends with us.
import { spawn } from 'node:child_process'
import { createServer } from 'node:http'
import { createInterface } from 'node:readline'

const LIMIT = 30_000 // ms, to start and for each command

export async function startProvider (root, build) {
  const child = spawn(`${process.env.JDK}/bin/java`, [`-Djava.io.tmpdir=${build}`, '-cp',
    `${root}/build/test-classes:${root}/build/classes`, 'tsidp.browser.PagesServer'],
  { stdio: ['pipe', 'pipe', 'inherit'] })
  const ended = new Promise(resolve => child.once('exit', resolve))
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]()
  const line = () => within(lines.next().then(({ value, done }) => {
    if (done) throw new Error('the provider has ended')
    return JSON.parse(value)
  }), 'the provider')
  const place = await line()
  return {
    ...place,
    async tell (...words) {
      child.stdin.write(words.join(' ') + '\n')
      await line()
    },
    async stop () {
      child.stdin.end()
      const late = setTimeout(() => child.kill('SIGKILL'), LIMIT)
      await ended
      clearTimeout(late)
    }
  }
}

// An application on another site: it answers every request with a page. The path `/post?to=…` is a form that is sent
// there.
export async function startApplication () {
  const server = createServer((request, response) => {
    const url = new URL(request.url, 'http://127.0.0.1')
    const fields = [...url.searchParams].filter(([name]) => name !== 'to')
      .map(([name, value]) => `<input type="hidden" name="${name}" value="${value}">`).join('')
    response.setHeader('Content-Type', 'text/html')
    response.end(url.pathname === '/post'
      ? `<title>Elsewhere</title><form method="post" action="${url.searchParams.get('to')}">${fields}<button>Go</button></form>`
      : '<title>Application</title><h1>Application</h1>')
  })
  await new Promise(resolve => server.listen(0, '127.0.0.1', resolve))
  return {
    url: `http://127.0.0.1:${server.address().port}`,
    stop () {
      server.closeAllConnections()
      return new Promise(resolve => server.close(resolve))
    }
  }
}

function within (promise, what) {
  let timer
  const late = new Promise((_resolve, reject) => {
    timer = setTimeout(() => reject(new Error(`${what} does not answer`)), LIMIT)
  })
  return Promise.race([promise, late]).finally(() => clearTimeout(timer))
}
