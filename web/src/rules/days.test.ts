import { expect, it } from 'vitest'
import type { WorkingHours } from '../kernel/types'
import { BadFile, ending, marked, months, readFile, runs, weekdayOf } from './days'

const day = [{ from: '08:00', to: '12:00' }]
const hours: WorkingHours = {
  week: [day, day, day, day, day, [], []],
  seasons: [{ name: '冬令', from: '12-01', to: '01-31', week: [day, day, day, day, day, day, []] }],
  days: { '2026-03-04': day },
  on_holidays: false,
  day_minutes: 480,
}
const spring = [
  { date: '2026-02-14', off: false, name: '春节' },
  { date: '2026-02-16', off: true, name: '春节' },
]

it('lays a year out by months, Monday first', () => {
  const year = months(2026, spring, hours)
  expect(year).toHaveLength(12)
  expect(year.map((month) => month.cells.length)).toEqual([31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31])
  // 1 January 2026 is a Thursday.
  expect(year[0]!.before).toBe(3)
  expect(weekdayOf('2026-02-15')).toBe(6)
  const kind = (date: string) => year.flatMap((month) => month.cells).find((cell) => cell.date === date)
  expect(kind('2026-02-14')).toMatchObject({ kind: 'make_up', name: '春节' })
  expect(kind('2026-02-15')!.kind).toBe('weekend')
  expect(kind('2026-02-16')!.kind).toBe('off')
  expect(kind('2026-02-17')!.kind).toBe('work')
  expect(kind('2026-03-04')!.single).toBe(true)
  // The winter season, which runs over the year's end, works Saturdays.
  expect(kind('2026-01-03')!.kind).toBe('work')
  expect(kind('2026-12-05')!.kind).toBe('work')
  expect(kind('2026-06-06')!.kind).toBe('weekend')
  expect(months(2028, [], hours)[1]!.cells).toHaveLength(29)
})

it('marks days and takes the same mark away again', () => {
  const once = marked(spring, '2026-02-15', { off: true, name: '春节' })
  expect(once.map((each) => each.date)).toEqual(['2026-02-14', '2026-02-15', '2026-02-16'])
  expect(marked(once, '2026-02-15', { off: true, name: '春节' })).toEqual(spring)
  expect(marked(once, '2026-02-15', { off: false, name: '春节' })[1]!.off).toBe(false)
  expect(marked(spring, '2026-02-16', null)).toEqual([spring[0]])
})

it('joins days that follow each other under one name', () => {
  const days = marked(spring, '2026-02-17', { off: true, name: '春节' })
  expect(runs(days)).toEqual([
    { name: '春节', off: false, from: '2026-02-14', to: '2026-02-14' },
    { name: '春节', off: true, from: '2026-02-16', to: '2026-02-17' },
  ])
})

it('warns sixty days before the calendar ends', () => {
  expect(ending(null, '2026-06-01')).toBe('none')
  expect(ending('2026-12-31', '2026-11-01')).toBe('soon')
  expect(ending('2026-12-31', '2026-10-31')).toBe('far')
  expect(ending('2026-12-31', '2026-12-31')).toBe('soon')
  expect(ending('2026-12-31', '2027-01-01')).toBe('over')
})

it('reads a file of the holiday-cn form and says what is wrong with another', () => {
  const file = (year: number, days: unknown) => JSON.stringify({ year, days, papers: [] })
  const newYear = { name: '元旦', date: '2026-01-01', isOffDay: true }
  expect(readFile(`\uFEFF${file(2026, [{ ...newYear, date: '2025-12-31' }, newYear])}`, 2026)).toEqual([{ name: '元旦', date: '2026-01-01', off: true }])
  const why = (text: string) => {
    try {
      return readFile(text, 2026)
    } catch (error) {
      return error instanceof BadFile ? [error.key, error.values] : error
    }
  }
  expect(why('no')).toEqual(['json', {}])
  expect(why('null')).toEqual(['form', {}])
  expect(why('{"year":2026}')).toEqual(['form', {}])
  expect(why(file(2025, [newYear]))).toEqual(['year', { found: 2025, year: 2026 }])
  expect(why(file(2026, [newYear, { name: '元旦', date: '1 Jan' }]))).toEqual(['day', { n: 2 }])
  expect(why(file(2026, []))).toEqual(['empty', { year: 2026 }])
})
