// Runs the test suites one after the other and adds up what they counted. Called by scripts/test, which has
// brought up PostgreSQL (JINGWEI_TEST_PG) and installed what the suites need.
//
// A suite that ends badly without having counted a failure counts as one failed, and so does one that is missing
// or ran no test. The last line of the output is always "N passed, M failed"; the exit code is 0 only if M is 0.
import { spawn } from 'node:child_process'
import { createWriteStream, existsSync, mkdirSync, readFileSync, rmSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = resolve(dirname(fileURLToPath(import.meta.url)), '..')
const target = resolve(root, process.env.CARGO_TARGET_DIR ?? 'target')
const logs = join(root, 'target', 'test-logs')
const built = name => join(target, 'debug', name)
const locked = process.env.CI ? ['--locked'] : []

/** Every suite there is. `missing` says what isn't there, `steps` are run in order, `count` reads the log. */
const suites = [
  {
    name: 'rust',
    missing: () => !existsSync(join(root, 'Cargo.lock')) && 'Cargo.lock',
    steps: [{ command: ['cargo', 'test', '--workspace', '--no-fail-fast', ...locked] }],
    count: log =>
      sum(log.matchAll(/^test result: \w+\. (\d+) passed; (\d+) failed; (\d+) ignored/gm), m => ({
        passed: +m[1], failed: +m[2], skipped: +m[3],
      })),
  },
  {
    name: 'web',
    missing: () => !existsSync(join(root, 'web/package.json')) && 'web/package.json',
    steps: [{
      cwd: 'web',
      command: ['node_modules/.bin/vitest', 'run', '--reporter=default', '--reporter=json',
        `--outputFile=${join(logs, 'web.json')}`],
    }],
    count: () => {
      const file = join(logs, 'web.json')
      if (!existsSync(file)) return none()
      const report = JSON.parse(readFileSync(file, 'utf8'))
      // A file that can't even be loaded has no tests to count as failed.
      const unloadable = report.testResults.filter(f => f.status === 'failed' && f.assertionResults.length === 0)
      return {
        passed: report.numPassedTests,
        failed: report.numFailedTests + unloadable.length,
        skipped: report.numPendingTests + report.numTodoTests,
      }
    },
  },
  {
    name: 'browser',
    server: true,
    missing: () => !existsSync(join(root, 'tests/browser/package.json')) && 'tests/browser/package.json',
    steps: [
      { command: ['scripts/web-build', 'packages', 'tests/browser'] },
      { cwd: 'tests/browser', command: ['node', '--test', '--test-reporter=tap'] },
    ],
    count: log => {
      const number = word => +(log.match(new RegExp(`^# ${word} (\\d+)$`, 'm'))?.[1] ?? 0)
      return {
        passed: number('pass'), failed: number('fail') + number('cancelled'), skipped: number('skipped') + number('todo'),
      }
    },
  },
  {
    name: 'interface',
    server: true,
    missing: () => !existsSync(join(root, 'tests/schemathesis.sh')) && 'tests/schemathesis.sh',
    steps: [{ command: ['bash', 'tests/schemathesis.sh'] }],
    count: plainLine,
  },
  {
    name: 'faults',
    server: true,
    missing: () => !binaries.has('jingwei-faults') && 'the binary jingwei-faults',
    steps: [{ command: [built('jingwei-faults')] }],
    count: plainLine,
  },
]

function none() {
  return { passed: 0, failed: 0, skipped: 0 }
}

function sum(matches, read) {
  const total = none()
  for (const match of matches) for (const [key, n] of Object.entries(read(match))) total[key] += n
  return total
}

/** The last "N passed, M failed" of a log. */
function plainLine(log) {
  const last = [...log.matchAll(/^\s*(\d+) passed, (\d+) failed\b/gm)].at(-1)
  return last ? { passed: +last[1], failed: +last[2], skipped: 0 } : none()
}

const verbose = process.argv.includes('--verbose')
const named = process.argv.slice(2).filter(word => !word.startsWith('--'))
const chosen = suites.filter(suite => named.length === 0 || named.includes(suite.name))

/** Names of the workspace's binaries, as cargo knows them; filled before the suites run. */
const binaries = new Set()

let running = null
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) {
  process.on(signal, () => {
    running?.kill(signal)
    process.exitCode = 1
    stopped = signal
  })
}
let stopped = null

/** Runs one command with its output in a log; prints a sign of life each half minute. Answers the exit code. */
function run(name, { command, cwd = '.' }, append = false) {
  const file = join(logs, `${name}.log`)
  const out = createWriteStream(file, { flags: append ? 'a' : 'w' })
  const started = performance.now()
  let lastLine = ''
  return new Promise(done => {
    const child = spawn(command[0], command.slice(1), {
      cwd: join(root, cwd),
      stdio: ['ignore', 'pipe', 'pipe'],
      env: {
        ...process.env,
        JINGWEI_BIN: built('jingwei'),
        JINGWEI_ROOT: root,
      },
    })
    running = child
    const take = chunk => {
      out.write(chunk)
      if (verbose) process.stdout.write(String(chunk).replace(/^/gm, '  | '))
      const lines = String(chunk).trim().split('\n')
      lastLine = lines.at(-1).trim().slice(0, 100) || lastLine
    }
    child.stdout.on('data', take)
    child.stderr.on('data', take)
    const alive = setInterval(() => {
      if (!verbose) console.log(`  ${name}: ${seconds(started)} s, ${lastLine}`)
    }, 30_000)
    let ended = false
    const end = code => {
      if (ended) return
      ended = true
      clearInterval(alive)
      running = null
      out.end(() => done(code))
    }
    child.on('error', error => {
      out.write(`${error.message}\n`)
      end(127)
    })
    child.on('close', (code, signal) => end(signal ? 128 : code))
  })
}

const seconds = started => ((performance.now() - started) / 1000).toFixed(1)

function logOf(name) {
  const file = join(logs, `${name}.log`)
  // Colours off, or the counters can't be read.
  return existsSync(file) ? readFileSync(file, 'utf8').replace(/\x1b\[[0-9;]*m/g, '') : ''
}

function showEnd(name) {
  const lines = logOf(name).trimEnd().split('\n')
  const failures = lines.filter(line => /^(test .* FAILED|\s*not ok \d|error(\[|:)|.*panicked at)/.test(line)).slice(0, 40)
  const shown = lines.length > 80 && failures.length > 0 ? [...failures, '…', ...lines.slice(-60)] : lines.slice(-80)
  console.log(`  the end of target/test-logs/${name}.log:`)
  for (const line of shown) console.log(`  | ${line}`)
}

/** One row of the table: what the suite counted, put right where its counters and its exit code disagree. */
async function runSuite(suite, notBuilt) {
  const started = performance.now()
  const row = { name: suite.name, ...none(), remark: '' }
  const absent = suite.missing()
  if (absent) {
    row.failed = 1
    row.remark = `missing: ${absent}`
  } else if (suite.server && notBuilt) {
    row.failed = 1
    row.remark = `not run: ${notBuilt}`
  } else {
    let code = 0
    for (const [i, step] of suite.steps.entries()) {
      if (code === 0) code = await run(suite.name, step, i > 0)
    }
    try {
      Object.assign(row, suite.count(logOf(suite.name)))
    } catch (error) {
      row.failed = 1
      row.remark = `unreadable report: ${error.message}`
    }
    if (code !== 0 && row.failed === 0) {
      row.failed = 1
      row.remark = `ended with exit code ${code}`
    } else if (row.passed + row.failed === 0) {
      row.failed = 1
      row.remark = 'ran no test'
    }
    if (row.failed > 0) showEnd(suite.name)
  }
  row.seconds = seconds(started)
  console.log(`${suite.name}: ${row.passed} passed, ${row.failed} failed in ${row.seconds} s${row.remark && ` (${row.remark})`}`)
  return row
}

/** A step that counts only when it fails. Answers a row then, and nothing otherwise. */
async function prepare(name, command, said) {
  const started = performance.now()
  console.log(said)
  const code = await run(name, { command })
  if (code === 0) return null
  showEnd(name)
  return { name, passed: 0, failed: 1, skipped: 0, remark: `ended with exit code ${code}`, seconds: seconds(started) }
}

async function everything() {
  rmSync(logs, { recursive: true, force: true })
  mkdirSync(logs, { recursive: true })
  const rows = []
  let notBuilt = ''

  // The server carries the pages, so they come first.
  const pages = await prepare('pages', ['scripts/web-build'], 'building the pages')
  if (pages) {
    rows.push(pages)
    notBuilt = 'the pages did not build'
  }
  if (chosen.some(suite => suite.server)) {
    if (!notBuilt && !stopped) {
      const server = await prepare('server', ['cargo', 'build', '--workspace', '--bins', ...locked], 'building the server')
      if (server) {
        rows.push(server)
        notBuilt = 'the server did not build'
      }
    }
    if (await run('metadata', { command: ['cargo', 'metadata', '--no-deps', '--format-version', '1'] }) === 0) {
      const text = logOf('metadata')
      const metadata = JSON.parse(text.slice(text.indexOf('{"packages"')).split('\n')[0])
      for (const p of metadata.packages) for (const t of p.targets) if (t.kind.includes('bin')) binaries.add(t.name)
    }
  }
  for (const suite of chosen) {
    if (stopped) {
      rows.push({ name: suite.name, passed: 0, failed: 1, skipped: 0, seconds: '0.0', remark: `not run: ${stopped}` })
    } else {
      console.log(`${suite.name}: running`)
      rows.push(await runSuite(suite, notBuilt))
    }
  }
  return rows
}

function table(rows) {
  const line = cells => `${cells[0].padEnd(10)} ${cells.slice(1, 5).map(c => String(c).padStart(8)).join('')}  ${cells[5]}`.trimEnd()
  console.log(`\n${line(['suite', 'passed', 'failed', 'skipped', 'seconds', ''])}`)
  for (const r of rows) console.log(line([r.name, r.passed, r.failed, r.skipped, r.seconds, r.remark]))
  console.log()
}

const started = performance.now()
const rows = await everything()
table(rows)
const passed = rows.reduce((n, row) => n + row.passed, 0)
const failed = rows.reduce((n, row) => n + row.failed, 0)
console.log(`all suites: ${seconds(started)} s; logs in target/test-logs/`)
console.log(`${passed} passed, ${failed} failed`)
process.exitCode = failed === 0 && passed > 0 ? 0 : 1
