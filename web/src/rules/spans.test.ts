import { expect, it } from 'vitest'
import type { WorkingHours } from '../kernel/types'
import { copyHours, groups, nextDay, spanText, toBox } from './spans'

const day = [
  { from: '08:00', to: '12:00' },
  { from: '14:00', to: '18:00' },
]
const hours: WorkingHours = { week: [day, day, day, day, day, [], []], seasons: [], days: { '2026-02-16': [day[0]!] }, on_holidays: false, day_minutes: 480 }

it('says shifts as people do', () => {
  expect(spanText(day[0]!, '次日')).toBe('08:00–12:00')
  expect(spanText({ from: '22:00', to: '06:00' }, '次日')).toBe('22:00–次日06:00')
  expect(spanText({ from: '18:00', to: '24:00' }, '次日')).toBe('18:00–24:00')
  expect(spanText({ from: '18:00', to: '00:00' }, '次日')).toBe('18:00–24:00')
  expect(toBox('24:00')).toBe('00:00')
  expect(nextDay({ from: '18:00', to: '24:00' })).toBe(false)
  expect(nextDay({ from: '', to: '' })).toBe(false)
})

it('joins days with the same shifts', () => {
  expect(groups(hours.week).map(({ from, to }) => [from, to])).toEqual([
    [0, 4],
    [5, 6],
  ])
})

it('copies hours through and through', () => {
  const copy = copyHours(hours)
  expect(copy).toEqual(hours)
  copy.week[0]![0]!.from = '09:00'
  copy.days['2026-02-16']![0]!.to = '11:00'
  expect(hours.week[0]![0]!.from).toBe('08:00')
  expect(hours.days['2026-02-16']![0]!.to).toBe('12:00')
})
