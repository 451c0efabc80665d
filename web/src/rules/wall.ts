import { dayOf, startOfDay } from '../kernel/time'

const MINUTE = 60_000

/** Clock time of `ms` in `zone`, as an `<input type="datetime-local">` wants it. */
export function wallOf(ms: number, zone: string): string {
  const time = new Intl.DateTimeFormat('en-GB', { timeZone: zone, hour: '2-digit', minute: '2-digit', hourCycle: 'h23' }).format(ms)
  return `${dayOf(ms, zone)}T${time}`
}

/** The moment at which clocks in `zone` show `wall` (yyyy-mm-ddThh:mm); null where that is no time. A time the zone skips becomes the moment as far after the gap. */
export function momentOf(wall: string, zone: string): number | null {
  const [, date, hour, minute] = /^(\d{4}-\d{2}-\d{2})T(\d{2}):(\d{2})/.exec(wall) ?? []
  if (!date || Number.isNaN(Date.parse(`${date}T00:00:00Z`))) return null
  const guess = startOfDay(date, zone) + (Number(hour) * 60 + Number(minute)) * MINUTE
  const off = Date.parse(`${wall.slice(0, 16)}Z`) - Date.parse(`${wallOf(guess, zone)}Z`)
  const moved = guess + off
  return wallOf(moved, zone) === wall.slice(0, 16) ? moved : guess
}
