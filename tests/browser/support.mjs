// What all browser tests share: a demo server of their own, people at their screens, and a watch on what goes wrong.
import assert from 'node:assert/strict'
import { execFileSync, spawn } from 'node:child_process'
import { readFileSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { createRequire } from 'node:module'
import { deflateSync } from 'node:zlib'
import { test } from 'node:test'
import { chromium } from 'playwright-core'

const BIN = resolve(process.env.JINGWEI_BIN ?? new URL('../../target/debug/jingwei', import.meta.url).pathname)
const CHROMIUM = process.env.JINGWEI_CHROMIUM ?? '/usr/bin/chromium'
const ARGS = ['--headless', '--no-sandbox', '--disable-gpu', '--disable-background-networking', '--no-first-run']
const PATIENCE = 15_000
const STARTING = 120_000
const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')
export const PHONE = { width: 390, height: 844 }
export const DESK = { width: 1280, height: 860 }
export const WIDE = { width: 1440, height: 900 }

/** A demo server with its own data; on PostgreSQL with a database of its own. */
export async function startDemo({ postgres = false } = {}) {
  const dir = mkdtempSync(join(tmpdir(), 'jingwei-browser-'))
  const database = postgres ? newDatabase() : null
  // Everybody in these tests signs in from one address.
  const config = join(dir, 'jingwei.toml')
  writeFileSync(config, 'sign_ins_per_minute = 1000\n')
  const child = spawn(BIN, ['demo', '--config', config, '--cases', '120', '--data-dir', join(dir, 'data'), '--listen', '127.0.0.1:0', '--json', ...(database ? ['--db', database.url] : [])], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, JINGWEI_LOG: 'warn' },
  })
  let said = ''
  child.stderr.on('data', (chunk) => (said += chunk))
  const ended = new Promise((done) => child.once('close', done))
  const stop = async () => {
    child.kill('SIGTERM')
    const force = setTimeout(() => child.kill('SIGKILL'), 10_000)
    await ended
    clearTimeout(force)
    rmSync(dir, { recursive: true, force: true })
    database?.drop()
  }
  try {
    const line = await new Promise((done, fail) => {
      let out = ''
      const late = setTimeout(() => fail(new Error(`no answer from the demo server\n${said}`)), STARTING)
      child.stdout.on('data', (chunk) => {
        out += chunk
        if (out.includes('\n')) done(out)
        clearTimeout(late)
      })
      child.once('error', fail)
      child.once('exit', (code) => fail(new Error(`the demo server ended with ${code}\n${said}`)))
    })
    const { url, accounts } = JSON.parse(line)
    return { url: url.replace(/\/$/, ''), accounts, stop, said: () => said }
  } catch (error) {
    await stop()
    throw error
  }
}

function newDatabase() {
  const admin = new URL(process.env.JINGWEI_TEST_PG)
  const name = `browser_${process.pid}_${Date.now()}`
  const sql = (text) => execFileSync('psql', ['--no-psqlrc', '--quiet', '--dbname', admin.href, '--command', text], { stdio: ['ignore', 'ignore', 'inherit'] })
  sql(`CREATE DATABASE ${name}`)
  const url = new URL(admin)
  url.pathname = `/${name}`
  return { url: url.href, drop: () => sql(`DROP DATABASE ${name} WITH (FORCE)`) }
}

export const launch = () => chromium.launch({ executablePath: CHROMIUM, args: ARGS })

/**
 * One test with its own people. `person` opens a browser context; what a page complains of, asks of another host or
 * loads without the policy fails the test, and a failure says what every page showed.
 */
export function scene(name, place, play) {
  test(name, async () => {
    const { browser, demo } = place()
    const people = []
    const trouble = []
    const person = async (role, { viewport = DESK, language = 'zh-CN', refusals = [] } = {}) => {
      const context = await browser.newContext({ viewport, locale: language, hasTouch: viewport === PHONE, isMobile: viewport === PHONE })
      context.setDefaultTimeout(PATIENCE)
      await context.addInitScript((tag) => {
        if (!localStorage.getItem('jingwei.language')) localStorage.setItem('jingwei.language', tag)
        document.addEventListener('securitypolicyviolation', (event) => console.error(`policy: ${event.violatedDirective} ${event.blockedURI}`))
      }, language)
      if (role) await signIn(context, demo, typeof role === 'string' ? accountOf(demo, role) : role)
      const who = role?.username ?? role ?? 'resident'
      const page = await context.newPage()
      people.push({ who, page })
      watch(page, demo.url, who, trouble, [...REFUSALS, ...refusals])
      return page
    }
    try {
      await play({ demo, person })
      assert.deepEqual(trouble, [], 'the pages complained')
    } catch (error) {
      for (const { who, page } of people) console.error(await shown(who, page))
      if (trouble.length) console.error(`complaints:\n${trouble.join('\n')}`)
      if (demo.said()) console.error(`the server said:\n${demo.said().slice(-2000)}`)
      throw error
    } finally {
      await Promise.all(people.map(({ page }) => page.context().close()))
    }
  })
}

async function shown(who, page) {
  const text = await page
    .locator('body')
    .innerText({ timeout: 2000 })
    .catch((error) => `(unreadable: ${error.message})`)
  return `--- ${who} saw ${page.url()}\n${text.slice(0, 3000)}\n---`
}

/** Statuses with which the server rightly refuses, and which the browser itself then writes to the console; a scene that tries what must be refused names others. */
const REFUSALS = [401, 409]
/** Advice about speed that Chromium gives the map library. */
const ADVICE = /^Canvas2D: Multiple readback/

function watch(page, home, who, trouble, refusals) {
  page.on('pageerror', (error) => trouble.push(`${who}: ${error.stack ?? error.message}`))
  page.on('console', (message) => {
    if (message.type() !== 'error' && message.type() !== 'warning') return
    const status = /^Failed to load resource.* status of (\d+)/.exec(message.text())?.[1]
    if (!ADVICE.test(message.text()) && !refusals.includes(Number(status))) trouble.push(`${who}: ${message.text()} (${message.location().url})`)
  })
  page.on('request', (request) => {
    const { origin, protocol } = new URL(request.url())
    if (protocol !== 'data:' && protocol !== 'blob:' && origin !== home) trouble.push(`${who}: asked another host: ${request.url()}`)
  })
  page.on('response', (response) => {
    if (response.request().resourceType() !== 'document') return
    const policy = response.headers()['content-security-policy'] ?? ''
    if (!policy.includes("default-src 'self'")) trouble.push(`${who}: no policy on ${response.url()}: ${policy}`)
  })
}

export function accountOf(demo, role) {
  const account = demo.accounts.find((each) => each.role === role)
  assert.ok(account, `the demo has no ${role}`)
  return account
}

async function signIn(context, demo, { username, password }) {
  const answer = await context.request.post(`${demo.url}/api/session`, { data: { username, password } })
  assert.equal(answer.status(), 200, await answer.text())
}

/** Reads the interface as the person of this page. */
export async function ask(page, demo, path) {
  const answer = await page.context().request.get(`${demo.url}${path}`)
  assert.ok(answer.ok(), `${path}: ${answer.status()} ${await answer.text()}`)
  return answer.json()
}

/** Writes through the interface, for what a test needs beforehand. */
export async function tell(page, demo, path, data) {
  const answer = await page.context().request.post(`${demo.url}${path}`, { data, headers: { 'Idempotency-Key': crypto.randomUUID() } })
  assert.ok(answer.ok(), `${path}: ${answer.status()} ${await answer.text()}`)
  return answer.json()
}

/** A case fresh from a resident; the answer of the server with its tracking code. */
export async function report(page, demo, text) {
  const region = (await ask(page, demo, '/api/regions')).items[0]
  const [west, south, east, north] = region.bounds
  const answer = await tell(page, demo, `/api/regions/${region.code}/cases`, {
    id: crypto.randomUUID(),
    text,
    lon: (west + east) / 2,
    lat: (south + north) / 2,
    telephone: '13800138000',
  })
  return { ...answer, region: region.code }
}

/** Changes through the interface, where it is a whole that is put. */
export async function put(page, demo, path, data) {
  const answer = await page.context().request.put(`${demo.url}${path}`, { data })
  assert.ok(answer.ok(), `${path}: ${answer.status()} ${await answer.text()}`)
  return answer.status() === 204 ? null : answer.json()
}

/** An account with a post that the demo has nobody for; the security administrator of `page` makes it. */
export async function hire(page, demo, username, post) {
  const id = crypto.randomUUID()
  const account = { username, password: `${username}-的密码-${id.slice(0, 8)}` }
  await tell(page, demo, '/api/accounts', { id, name: username, ...account })
  await put(page, demo, `/api/accounts/${id}/posts/${crypto.randomUUID()}`, post)
  return account
}

/** Sends what a move asks for, as the person of this page and on the case as it is. */
export async function move(page, demo, made, name, body = {}) {
  const { version } = await ask(page, demo, `/api/regions/${made.region}/cases/${made.id}`)
  return tell(page, demo, `/api/regions/${made.region}/cases/${made.id}/${name}`, { version, ...body })
}

export async function openCase(page, demo, made, entry = 'desk') {
  await page.goto(`${demo.url}/${entry}/cases/${made.id}`)
  await page.getByRole('heading', { level: 1 }).waitFor()
  await page.getByText(made.number).first().waitFor()
}

const MOVES = { 'zh-CN': ['可以办理的操作', '更多'], en: ['What you can do', 'More'] }

/** Chooses a move of the case, from the menu if it stands there; gives its dialog. */
export async function press(page, name, language = 'zh-CN') {
  const [group, more] = MOVES[language]
  const moves = page.getByRole('group', { name: group })
  await moves.waitFor()
  const button = moves.getByRole('button', { name, exact: true, includeHidden: true })
  await button.waitFor({ state: 'attached' })
  if (!(await button.isVisible())) await moves.getByRole('button', { name: more }).click()
  await button.click()
  const dialog = page.getByRole('dialog', { name })
  await dialog.waitFor()
  return dialog
}

/** The moves the case offers to the person of this page, by their names. */
export async function offered(page, language = 'zh-CN') {
  await page.getByRole('heading', { level: 1 }).waitFor()
  const buttons = page.getByRole('group', { name: MOVES[language][0] }).getByRole('button', { includeHidden: true })
  return (await buttons.allTextContents()).map((text) => text.trim())
}

/** Sends the form of a move and waits until it is done. */
export async function send(page, name, done = '已完成') {
  const dialog = page.getByRole('dialog')
  await dialog.getByRole('button', { name, exact: true }).click()
  await dialog.waitFor({ state: 'detached' })
  await page.getByText(done).first().waitFor()
}

export async function choose(scope, label, text) {
  await scope.getByRole('combobox', { name: label }).fill(text)
  await scope.getByRole('option', { name: text }).first().click()
}

/** `days` from now as a box for local time takes it. */
export function ahead(days, zone = 'Asia/Shanghai') {
  const parts = new Intl.DateTimeFormat('sv-SE', { timeZone: zone, dateStyle: 'short', timeStyle: 'short' })
  return parts.format(Date.now() + days * 86_400_000).replace(' ', 'T')
}

/** No page is wider than its window. */
export async function fits(page) {
  const [wide, window] = await page.evaluate(() => [document.documentElement.scrollWidth, document.documentElement.clientWidth])
  assert.ok(wide <= window, `${page.url()} is ${wide} wide in a window of ${window}`)
}

export async function file(page, demo, made) {
  const { items } = await ask(page, demo, `/api/regions/${made.region}/items`)
  return tell(page, demo, `/api/regions/${made.region}/cases/${made.id}/file`, { version: made.version, item: items[0].code })
}

/** With JINGWEI_PICTURES=FOLDER each page that is examined leaves a picture there, to be looked at. */
let pictures = 0
async function picture(page) {
  const folder = process.env.JINGWEI_PICTURES
  if (!folder) return
  const { width } = page.viewportSize()
  const name = `${String(++pictures).padStart(3, '0')}-${width}-${new URL(page.url()).pathname.replaceAll('/', '-').slice(1, 40)}`
  await page.screenshot({ path: join(folder, `${process.pid}-${name}.png`), fullPage: !(await page.getByRole('dialog').count()) })
}

/** Serious and critical findings of axe on the page as it stands. */
export async function findings(page) {
  await picture(page)
  const found = await page.evaluate(async (source) => {
    if (!window.axe) (0, Function)(source)()
    const { violations } = await window.axe.run()
    return violations
      .filter(({ impact }) => impact === 'serious' || impact === 'critical')
      .map(({ id, nodes }) => `${id}: ${nodes.map(({ html, failureSummary }) => `${html.slice(0, 160)} ${failureSummary}`).join(' | ')}`)
  }, AXE)
  return found
}

/** A picture with something on it. */
export function png(width = 320, height = 240) {
  const rows = Buffer.alloc((width * 3 + 1) * height)
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) rows.set([x % 256, y % 256, (x * y) % 256], y * (width * 3 + 1) + 1 + x * 3)
  }
  const head = Buffer.alloc(13)
  head.writeUInt32BE(width, 0)
  head.writeUInt32BE(height, 4)
  head.set([8, 2, 0, 0, 0], 8)
  return Buffer.concat([Buffer.from('89504e470d0a1a0a', 'hex'), chunk('IHDR', head), chunk('IDAT', deflateSync(rows)), chunk('IEND', Buffer.alloc(0))])
}

function chunk(kind, data) {
  const body = Buffer.concat([Buffer.from(kind), data])
  const out = Buffer.alloc(body.length + 8)
  out.writeUInt32BE(data.length, 0)
  body.copy(out, 4)
  out.writeUInt32BE(crc(body), body.length + 4)
  return out
}

function crc(bytes) {
  let value = 0xffffffff
  for (const byte of bytes) {
    value ^= byte
    for (let bit = 0; bit < 8; bit++) value = value & 1 ? (value >>> 1) ^ 0xedb88320 : value >>> 1
  }
  return (value ^ 0xffffffff) >>> 0
}
