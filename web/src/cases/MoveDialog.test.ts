import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { createApp, nextTick, type App } from 'vue'
import attachments from '../attachments/words'
import areas from '../areas/words'
import { makeI18n } from '../kernel/i18n'
import type { AllowedMove, CaseView, MoveField } from '../kernel/types'
import kernel from '../kernel/words'
import MoveDialog from './MoveDialog.vue'
import cases from './words'

const REGION = { code: '320105', name: '建邺区', zone: 'Asia/Shanghai', bounds: null }
const view = { id: 'case-1', number: '320105-2026-000001', stage: 'dispatched', version: 5, urgent: false, item: null, lon: null, lat: null, unit: 'u1', events: [] } as unknown as CaseView
const field = (name: string, kind: MoveField['kind'], required = false): MoveField => ({ name, kind, required })
const SEND_BACK: AllowedMove = { move: 'send_back', to: 'filed', fields: [field('reason', 'text', true), field('clause', 'line', true)] }
const requests: { url: string; body: unknown; key: string }[] = []
let answers: Response[] = []
let app: App | null = null

beforeEach(() => {
  requests.length = 0
  answers = []
  vi.stubGlobal('fetch', async (url: string, init: RequestInit) => {
    if (init.method === 'GET') return new Response(JSON.stringify({ items: [{ id: 'u1', name: '供电公司', kind: 'enterprise' }], next: null }))
    requests.push({ url, body: JSON.parse(String(init.body)), key: (init.headers as Record<string, string>)['Idempotency-Key'] ?? '' })
    return answers.shift() ?? new Response(JSON.stringify({ id: 'case-1', stage: 'filed', version: 6, moves: [] }))
  })
})
afterEach(() => {
  app?.unmount()
  document.body.innerHTML = ''
  vi.unstubAllGlobals()
})

function open(move: AllowedMove) {
  const heard = { done: vi.fn(), stale: vi.fn() }
  app = createApp(MoveDialog, { move, view, region: REGION, onDone: heard.done, onStale: heard.stale })
  app.use(makeI18n([kernel, cases, areas, attachments]).i18n).mount(document.body.appendChild(document.createElement('div')))
  return heard
}
const fields = () => [...document.querySelectorAll('[data-field]')].map((field) => field.getAttribute('data-field'))
async function submit(): Promise<void> {
  document.querySelector('form')!.dispatchEvent(new Event('submit', { cancelable: true }))
  await new Promise((resolve) => setTimeout(resolve))
  await nextTick()
}
async function write(name: string, text: string): Promise<void> {
  const box = document.querySelector<HTMLTextAreaElement>(`[data-field="${name}"] textarea, [data-field="${name}"] input`)!
  box.value = text
  box.dispatchEvent(new Event('input'))
  await nextTick()
}

async function choose(name: string, at: number): Promise<void> {
  const button = document.querySelectorAll<HTMLInputElement>(`[data-field="${name}"] input[type=radio]`)[at]!
  button.checked = true
  button.dispatchEvent(new Event('change'))
  await nextTick()
}

it('asks for what the offer says, and does not send without what it requires', async () => {
  open(SEND_BACK)
  await nextTick()
  expect(fields()).toEqual(['reason', 'clause'])
  await submit()
  expect(requests).toEqual([])
  expect(document.querySelector('[data-field="reason"] [aria-invalid="true"]')).not.toBeNull()
})

it('sends the move under one key until it is answered', async () => {
  const { done } = open(SEND_BACK)
  await nextTick()
  await write('reason', '不属于本单位')
  await write('clause', '第3条')
  answers = [new Response('', { status: 502 })]
  await submit()
  expect(done).not.toHaveBeenCalled()
  await submit()
  expect(done).toHaveBeenCalledOnce()
  expect(requests.map((each) => each.url)).toEqual(Array(2).fill('/api/regions/320105/cases/case-1/send-back'))
  expect(requests[1]).toEqual(requests[0])
  expect(requests[0]!.body).toEqual({ version: 5, reason: '不属于本单位', clause: '第3条' })
})

it('tells the page when the case has moved on, and keeps what was typed', async () => {
  const { stale } = open({ move: 'accept', to: 'handling', fields: [field('note', 'text')] })
  await nextTick()
  await write('note', '马上去')
  answers = [new Response(JSON.stringify({ code: 'case.version_stale', title: '案件已有变化' }), { status: 409, headers: { 'content-type': 'application/problem+json' } })]
  await submit()
  expect(stale).toHaveBeenCalledOnce()
  expect(document.querySelector<HTMLTextAreaElement>('[data-field="note"] textarea')!.value).toBe('马上去')
  expect(document.body.textContent).toContain('案件已有变化')
})

it('lets the dispatcher search the unit by name', async () => {
  open({ move: 'dispatch', to: 'dispatched', fields: [field('unit', 'unit', true), field('note', 'text')] })
  await submit()
  expect(fields()).toEqual(['unit', 'note'])
  await write('unit', '供电')
  const input = document.querySelector<HTMLInputElement>('[data-field="unit"] input')!
  input.dispatchEvent(new KeyboardEvent('keydown', { key: 'Enter' }))
  await nextTick()
  expect(input.value).toBe('供电公司')
  await submit()
  expect(requests[0]!.body).toEqual({ version: 5, unit: 'u1' })
})

it('asks what the reporter said once they were reached', async () => {
  const fieldsOfCall = [field('reached', 'yes_no', true), field('resolved', 'yes_no'), field('satisfied', 'yes_no')]
  open({ move: 'call_back', to: 'verifying', fields: fieldsOfCall })
  await nextTick()
  expect(fields()).toEqual(['reached'])
  await choose('reached', 0)
  expect(fields()).toEqual(['reached', 'resolved', 'satisfied'])
  await choose('resolved', 0)
  await submit()
  expect(requests).toEqual([])
  expect(document.querySelector('[data-field="satisfied"] [aria-invalid="true"]')).not.toBeNull()
  await choose('satisfied', 1)
  await submit()
  expect(requests[0]).toMatchObject({ url: '/api/regions/320105/cases/case-1/call-back', body: { version: 5, reached: true, resolved: true, satisfied: false } })
})

it('sends a limit with its unit', async () => {
  open({ move: 'request_extension', to: 'handling', fields: [field('by', 'limit', true), field('reason', 'text', true)] })
  await nextTick()
  await write('reason', '等配件')
  await write('by', '0')
  await submit()
  expect(requests).toEqual([])
  await write('by', '3')
  const unit = document.querySelector<HTMLSelectElement>('[data-field="by"] select')!
  unit.value = 'h'
  unit.dispatchEvent(new Event('change'))
  await submit()
  expect(requests[0]!.body).toEqual({ version: 5, by: '3h', reason: '等配件' })
})
