import type { CalendarView, Holiday } from '../kernel/types'

/** The days of the week as the calendar counts them, Monday first. */
export const WEEKDAYS = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'] as const

export interface Cell {
  date: string
  day: number
  kind: 'off' | 'make_up' | 'weekend' | 'work'
  /** The holiday's name. */
  name: string
  /** It has working hours of its own. */
  single: boolean
}
export interface Month {
  month: number
  /** Empty places before the first. */
  before: number
  cells: Cell[]
}

const two = (n: number) => String(n).padStart(2, '0')
/** 0 for Monday. */
export function weekdayOf(date: string): number {
  return (new Date(`${date}T00:00:00Z`).getUTCDay() + 6) % 7
}

function seasonCovers(season: { from: string; to: string }, date: string): boolean {
  const day = date.slice(5)
  return season.from <= season.to ? day >= season.from && day <= season.to : day >= season.from || day <= season.to
}

/** The twelve months of a year, every day with what the calendar says of it. */
export function months(year: number, days: readonly Holiday[], hours: CalendarView['hours']): Month[] {
  const named = new Map(days.map((day) => [day.date, day]))
  return Array.from({ length: 12 }, (_, m) => {
    const length = new Date(Date.UTC(year, m + 1, 0)).getUTCDate()
    const cells = Array.from({ length }, (_, d): Cell => {
      const date = `${year}-${two(m + 1)}-${two(d + 1)}`
      const holiday = named.get(date)
      const season = hours.seasons.find((each) => seasonCovers(each, date))
      const worked = ((season ?? hours).week[weekdayOf(date)] ?? []).length > 0
      return {
        date,
        day: d + 1,
        kind: holiday ? (holiday.off ? 'off' : 'make_up') : worked ? 'work' : 'weekend',
        name: holiday?.name ?? '',
        single: date in hours.days,
      }
    })
    return { month: m + 1, before: weekdayOf(cells[0]!.date), cells }
  })
}

/** Days marked so: a holiday, a make-up day, or (null) nothing. The same mark again takes it away. */
export function marked(days: readonly Holiday[], date: string, mark: { off: boolean; name: string } | null): Holiday[] {
  const was = days.find((day) => day.date === date)
  const rest = days.filter((day) => day.date !== date)
  if (!mark || (was && was.off === mark.off && was.name === mark.name)) return rest
  return [...rest, { date, ...mark }].sort((a, b) => a.date.localeCompare(b.date))
}

/** Runs of days with one name, for the list under the months. */
export function runs(days: readonly Holiday[]): { name: string; off: boolean; from: string; to: string }[] {
  const out: { name: string; off: boolean; from: string; to: string }[] = []
  for (const day of [...days].sort((a, b) => a.date.localeCompare(b.date))) {
    const last = out.at(-1)
    const follows = last && Date.parse(day.date) - Date.parse(last.to) === 86_400_000
    if (last && follows && last.name === day.name && last.off === day.off) last.to = day.date
    else out.push({ name: day.name, off: day.off, from: day.date, to: day.date })
  }
  return out
}

/** How near the end of the calendar is, seen from today: 60 days ahead it is time for the next year. */
export function ending(end: string | null, today: string): 'none' | 'far' | 'soon' | 'over' {
  if (!end) return 'none'
  const left = (Date.parse(end) - Date.parse(today)) / 86_400_000
  return left < 0 ? 'over' : left <= 60 ? 'soon' : 'far'
}

/** Why a file is no list of holidays; `key` names the words. */
export class BadFile extends Error {
  constructor(
    readonly key: 'json' | 'form' | 'day' | 'year' | 'empty',
    readonly values: Record<string, string | number> = {},
  ) {
    super(key)
  }
}

/** The days of `year` in a file of the holiday-cn form. Days of the year before, which such a file may hold, are left out. */
export function readFile(text: string, year: number): Holiday[] {
  let body: unknown
  try {
    body = JSON.parse(text.replace(/^\uFEFF/, ''))
  } catch {
    throw new BadFile('json')
  }
  const file = body as { year?: unknown; days?: unknown } | null
  if (!file || typeof file !== 'object' || typeof file.year !== 'number' || !Array.isArray(file.days)) throw new BadFile('form')
  if (file.year !== year) throw new BadFile('year', { found: file.year, year })
  const days = file.days.map((each: unknown, i): Holiday => {
    const day = each as { name?: unknown; date?: unknown; isOffDay?: unknown } | null
    if (!day || typeof day.name !== 'string' || typeof day.date !== 'string' || !/^\d{4}-\d{2}-\d{2}$/.test(day.date) || typeof day.isOffDay !== 'boolean') {
      throw new BadFile('day', { n: i + 1 })
    }
    return { date: day.date, off: day.isOffDay, name: day.name }
  })
  const own = days.filter((day) => day.date.startsWith(`${year}-`))
  if (!own.length) throw new BadFile('empty', { year })
  return own
}
