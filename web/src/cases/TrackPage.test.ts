import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { createApp, nextTick, type App } from 'vue'
import { makeI18n } from '../kernel/i18n'
import kernel from '../kernel/words'
import TrackPage from './TrackPage.vue'
import cases from './words'

const tracked = {
  number: '320105-0000001',
  region: '320105',
  region_name: '建邺区',
  zone: 'Asia/Shanghai',
  stage: 'verifying',
  round: 1,
  version: 8,
  item_name: '路灯',
  unit_name: '供电公司',
  reported_at: 0,
  due_at: Date.now() + 3_600_000,
  provisional: true,
  explanation: { lines: [{ what: 'due', from: '2026-11-26', to: '2026-11-26', minutes: 0, zh: '到期时间周四', en: 'due Thu' }] },
  suspended_until: null,
  merged_into: null,
  closed_at: null,
  steps: [{ move: 'grant', stage: 'handling', at: 0, unit_name: null, told: null, pointer: null }],
  moves: [{ move: 'call_back', to: 'verifying', fields: [] }],
  contact_reads: [],
}
const sent: { url: string; body: unknown }[] = []
let app: App | null = null

beforeEach(() => {
  sent.length = 0
  vi.stubGlobal('fetch', async (url: string, init: RequestInit) => {
    if (init.method === 'GET') return new Response(JSON.stringify(tracked))
    sent.push({ url, body: JSON.parse(String(init.body)) })
    return new Response(JSON.stringify({ id: 'case-1', stage: 'verifying', version: 9, moves: [] }))
  })
})
afterEach(() => {
  app?.unmount()
  document.body.innerHTML = ''
  vi.unstubAllGlobals()
})
async function settle(): Promise<void> {
  await new Promise((resolve) => setTimeout(resolve))
  await nextTick()
}
async function open(): Promise<void> {
  app = createApp(TrackPage, { code: 'ABCD-EFGH' })
  app.use(makeI18n([kernel, cases]).i18n).component('RouterLink', { render: () => null }).mount(document.body.appendChild(document.createElement('div')))
  await settle()
}
async function answer(at: number): Promise<void> {
  const button = document.querySelectorAll<HTMLInputElement>('dialog input[type=radio]')[at]!
  button.checked = true
  button.dispatchEvent(new Event('change'))
  await nextTick()
}
async function confirm(): Promise<void> {
  document.querySelector('dialog form')!.dispatchEvent(new Event('submit', { cancelable: true }))
  await settle()
}

it('tells the reporter how the deadline comes about, and what was granted in their words', async () => {
  await open()
  const text = document.body.textContent!
  for (const told of ['暂定', '来年的安排公布后会重新计算', '到期时间周四', '批准承办单位的延期或挂账']) expect(text).toContain(told)
  expect(text).not.toContain('批准申请')
})

it('takes the answer of a reporter as of one who was reached, and asks for both answers', async () => {
  await open()
  ;[...document.querySelectorAll('button')].find((button) => button.textContent === '回答回访')!.click()
  await nextTick()
  await answer(0)
  await confirm()
  expect(sent).toEqual([])
  await answer(3)
  await confirm()
  expect(sent).toEqual([{ url: '/api/track/ABCD-EFGH/call-back', body: { version: 8, reached: true, resolved: true, satisfied: false } }])
  expect(document.querySelector('dialog')).toBeNull()
})
