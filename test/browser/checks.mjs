// Counts the checks that pass and fail; each has its own line.
let passed = 0
let failed = 0

export function check (what, holds, detail = '') {
  holds ? passed++ : failed++
  console.log(`${holds ? 'ok    ' : 'FAILED'} ${what}${holds || !detail ? '' : `\n       ${detail}`}`)
}

// A story that can't continue is one failure.
export async function story (name, tell) {
  try {
    await tell()
  } catch (error) {
    check(name, false, error.stack)
  }
}

export function finish () {
  console.log(`${passed} passed, ${failed} failed`)
  process.exitCode = failed > 0 || passed === 0 ? 1 : 0
}
