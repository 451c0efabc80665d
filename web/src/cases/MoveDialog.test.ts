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
/** What the server answers to questions, by the end of the address; anything else is the list of units. */
let told: Record<string, unknown> = {}
let app: App | null = null

beforeEach(() => {
  requests.length = 0
  answers = []
  told = {}
  vi.stubGlobal('fetch', async (url: string, init: RequestInit) => {
    const known = Object.keys(told).find((end) => url.endsWith(end))
    if (init.method === 'GET' && known) return new Response(JSON.stringify(told[known]), { status: told[known] === null ? 409 : 200 })
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

const condition = (n: number, filing: string, limit: string | null = '2wd') => ({ n, filing, limit, draft: limit === null })
const ITEMS = {
  items: [
    { code: '3201050101', name: '井盖', major: '公用设施', conditions: [condition(1, '缺失', '2uh'), condition(2, '破损'), condition(3, '存疑', null)] },
    { code: '3201050102', name: '路灯', major: '公用设施', conditions: [condition(1, '不亮')] },
  ],
  next: null,
}
const FILE: AllowedMove = { move: 'file', to: 'filed', fields: [field('item', 'item', true), field('condition', 'condition'), field('note', 'text')] }
async function pick(name: string, text: string): Promise<void> {
  await write(name, text)
  document.querySelector(`[data-field="${name}"] input`)!.dispatchEvent(new KeyboardEvent('keydown', { key: 'Enter' }))
  await nextTick()
  await nextTick()
}

it('asks under which condition to file where the item has several that are settled', async () => {
  told = { '/items': ITEMS }
  open(FILE)
  await submit()
  expect(fields()).toEqual(['item', 'note'])
  await pick('item', '路灯')
  expect(fields()).toEqual(['item', 'note'])
  await pick('item', '井盖')
  expect(fields()).toEqual(['item', 'condition', 'note'])
  const labels = [...document.querySelectorAll('[data-field="condition"] label')].map((label) => label.textContent?.trim())
  expect(labels).toEqual(['1. 缺失（2紧急工作时）', '2. 破损（2工作日）'])
  await submit()
  expect(requests).toEqual([])
  expect(document.querySelector('[data-field="condition"] .wrong')).not.toBeNull()
  await choose('condition', 1)
  await submit()
  expect(requests[0]!.body).toEqual({ version: 5, item: '3201050101', condition: 2 })
})

it('sends no condition where there is only one', async () => {
  told = { '/items': ITEMS }
  open(FILE)
  await submit()
  await pick('item', '井盖')
  await choose('condition', 1)
  await pick('item', '路灯')
  await submit()
  expect(requests[0]!.body).toEqual({ version: 5, item: '3201050102' })
})

const DISPATCH: AllowedMove = { move: 'dispatch', to: 'dispatched', fields: [field('unit', 'unit', true), field('note', 'text')] }
const explained = (answer: object) => ({ zh: '由供电公司负责：地点高于事项。', en: 'The power company answers.', unit_name: '供电公司', answer, chain: [] })
async function settle(): Promise<void> {
  await new Promise((resolve) => setTimeout(resolve))
  await nextTick()
}

it('proposes the unit that the map of duties names, and says why', async () => {
  told = { '/duty': explained({ outcome: 'unit', unit: 'u1', region: '320105' }) }
  open(DISPATCH)
  await settle()
  expect(document.body.textContent).toContain('建议：供电公司')
  expect(document.body.textContent).toContain('地点高于事项')
  expect(document.querySelector<HTMLInputElement>('[data-field="unit"] input')!.value).toBe('供电公司')
  await submit()
  expect(requests[0]!.body).toEqual({ version: 5, unit: 'u1' })
})

it.each([
  ['nobody answers', explained({ outcome: 'hole' }), true],
  ['a unit of another region answers', explained({ outcome: 'unit', unit: 'u1', region: '320106' }), true],
  ['it cannot be said', null, false],
])('leaves the unit open where %s', async (_, answer, says) => {
  told = { '/duty': answer }
  open(DISPATCH)
  await settle()
  expect(document.body.textContent!.includes('地点高于事项')).toBe(says)
  expect(document.body.textContent).not.toContain('建议：')
  expect(document.querySelector<HTMLInputElement>('[data-field="unit"] input')!.value).toBe('')
  await submit()
  expect(requests).toEqual([])
  expect(document.querySelector('[role=alert]')).toBeNull()
})
