// Prints one line per check, in the form that the suite counts.
let failed = 0

export function check (what, holds, detail = '') {
  console.log(`${holds ? 'ok' : 'not ok'} ${what}${holds ? '' : `: ${detail}`}`)
  if (!holds) failed++
}

export function finish () {
  process.exit(failed === 0 ? 0 : 1)
}
