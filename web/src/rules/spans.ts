import type { WorkingHours } from '../kernel/types'

export type Span = WorkingHours['week'][number][number]

/** The server writes the end of a day as 24:00, which a time box cannot hold; there it is midnight, 00:00. */
export const toBox = (to: string): string => (to === '24:00' ? '00:00' : to)
/** An end at or before its beginning is of the next day. */
export const nextDay = (span: Span): boolean => span.to !== '' && span.to !== '24:00' && span.from !== '' && span.to <= span.from

export function spanText(span: Span, nextDayWord: string): string {
  return `${span.from}–${nextDay(span) && span.to !== '00:00' ? nextDayWord : ''}${span.to === '00:00' ? '24:00' : span.to}`
}

/** Neighbouring days of the week with the same shifts, as [first, last, shifts]. */
export function groups(week: WorkingHours['week']): { from: number; to: number; spans: Span[] }[] {
  const out: { from: number; to: number; spans: Span[] }[] = []
  week.forEach((spans, day) => {
    const last = out.at(-1)
    if (last && JSON.stringify(last.spans) === JSON.stringify(spans)) last.to = day
    else out.push({ from: day, to: day, spans })
  })
  return out
}

const week = (of: WorkingHours['week']) => of.map((spans) => spans.map((span) => ({ ...span }))) as WorkingHours['week']
export function copyHours(hours: WorkingHours): WorkingHours {
  return {
    ...hours,
    week: week(hours.week),
    seasons: hours.seasons.map((season) => ({ ...season, week: week(season.week) })),
    days: Object.fromEntries(Object.entries(hours.days).map(([date, spans]) => [date, spans.map((span) => ({ ...span }))])),
  }
}
export const weekCopy = week
