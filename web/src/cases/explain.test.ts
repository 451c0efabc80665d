import { expect, it } from 'vitest'
import type { ExplanationLine } from '../kernel/types'
import { clockState } from './clocks'
import { barOf, partsOf } from './explain'

const line = (what: ExplanationLine['what'], from: string | null, to: string | null, zh: string): ExplanationLine => ({ what, minutes: 0, zh, en: `en ${zh}`, ...(from && to ? { from, to } : {}) })
const LINES = [
  line('start', '2026-09-30', '2026-09-30', '自2026-09-30 周三 17:00:03.712起工作时间16小时'),
  line('working', '2026-09-30', '2026-09-30', '9月30日（周三）计1小时'),
  line('holiday', '2026-10-01', '2026-10-07', '10月1日–7日国庆节放假'),
  line('working', '2026-10-08', '2026-10-09', '10月8日–9日上班2天计15小时'),
  line('make_up', '2026-10-10', '2026-10-10', '10月10日（周六，国庆节调休上班）'),
  line('provisional', null, null, '到期时间是暂定的'),
  line('due', '2026-10-10', '2026-10-10', '到期时间2026-10-10 周六 09:00'),
]

it('draws each line by what it is about, as long as its days', () => {
  const parts = partsOf(LINES, 'zh-CN')
  expect(parts.map(({ tone, days }) => [tone, days])).toEqual([['turn', 0], ['work', 1], ['holiday', 7], ['work', 2], ['extra', 1], ['caution', 0], ['due', 0]])
  expect(barOf(parts).map((part) => part.days)).toEqual([1, 7, 2, 1])
  expect(barOf(parts.slice(0, 2))).toEqual([])
})

it('speaks the language of the reader, without fractions of a second', () => {
  expect(partsOf(LINES, 'zh-CN')[0]!.text).toBe('自2026-09-30 周三 17:00:03起工作时间16小时')
  expect(partsOf(LINES, 'en')[2]!.text).toBe('en 10月1日–7日国庆节放假')
})

it('says what a clock does', () => {
  const clock = { clock: 'unit' as const, unit: 'u', unit_name: null, since: 100, due_at: 900, counts: true, late: false, provisional: false, explanation: { lines: [] } }
  const side = { suspended_until: null, parties: [] } as unknown as Parameters<typeof clockState>[1]['side']
  const view = { open: true, submitted_at: null, stage: 'handling' as const, side }
  expect(clockState(clock, view, 200)).toBe('runs')
  expect(clockState({ ...clock, since: null }, view, 200)).toBe('stopped')
  expect(clockState({ ...clock, since: 500 }, { ...view, side: { ...side, suspended_until: 500 } }, 200)).toBe('suspended')
  expect(clockState(clock, { ...view, submitted_at: 150, stage: 'verifying' }, 200)).toBe('ended')
  expect(clockState({ ...clock, clock: 'case' }, { ...view, open: false }, 200)).toBe('ended')
})
