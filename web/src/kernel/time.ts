/** All times travel as milliseconds UTC; people read them in their region's zone. */
const MINUTE = 60_000
const HOUR = 60 * MINUTE
const DAY = 24 * HOUR

// Day and month change places among English readers; year first is read alike by all.
const order = (language: string) => (language === 'en' ? 'en-CA' : language)

export function formatTime(ms: number, zone: string, language: string): string {
  return new Intl.DateTimeFormat(order(language), {
    timeZone: zone,
    year: 'numeric',
    month: '2-digit',
    day: '2-digit',
    hour: '2-digit',
    minute: '2-digit',
    hourCycle: 'h23',
  }).format(ms)
}

export function formatDate(ms: number, zone: string, language: string): string {
  return new Intl.DateTimeFormat(order(language), { timeZone: zone, year: 'numeric', month: '2-digit', day: '2-digit' }).format(ms)
}

/** How far `ms` lies from `now`, in the largest unit that fits: "in 3 hours", "2天前". */
export function formatRelative(ms: number, now: number, language: string): string {
  const words = new Intl.RelativeTimeFormat(language, { numeric: 'always', style: 'short' })
  const gap = ms - now
  const size = Math.abs(gap)
  if (size < HOUR) return words.format(Math.trunc(gap / MINUTE), 'minute')
  if (size < 2 * DAY) return words.format(Math.trunc(gap / HOUR), 'hour')
  return words.format(Math.trunc(gap / DAY), 'day')
}

/** Midnight that starts the day `date` (yyyy-mm-dd) in `zone`. A midnight the zone skips becomes the first moment after the gap. */
export function startOfDay(date: string, zone: string): number {
  return momentOf(`${date}T00:00`, zone)
}

/**
 * The moment at which the clocks of `zone` show `local` (yyyy-mm-ddThh:mm, as an `<input type="datetime-local">` gives it).
 * A time that comes twice is the first, one the zone skips is read as if the clocks had not yet changed.
 */
export function momentOf(local: string, zone: string): number {
  const wall = Date.parse(`${local}Z`)
  const candidates = [wall - offset(wall - DAY, zone), wall - offset(wall + DAY, zone)]
  const real = candidates.filter((ms) => ms + offset(ms, zone) === wall)
  return real.length > 0 ? Math.min(...real) : Math.max(...candidates)
}

/** What the clocks of `zone` show at `ms`, as an `<input type="datetime-local">` wants it. */
export function localOf(ms: number, zone: string): string {
  return new Date(ms + offset(ms, zone)).toISOString().slice(0, 16)
}

/** The day of `ms` in `zone`, as an `<input type="date">` wants it. */
export function dayOf(ms: number, zone: string): string {
  return new Intl.DateTimeFormat('en-CA', { timeZone: zone, year: 'numeric', month: '2-digit', day: '2-digit' }).format(ms)
}

function offset(ms: number, zone: string): number {
  const parts = new Intl.DateTimeFormat('en-US', {
    timeZone: zone,
    year: 'numeric',
    month: 'numeric',
    day: 'numeric',
    hour: 'numeric',
    minute: 'numeric',
    second: 'numeric',
    hourCycle: 'h23',
  }).formatToParts(ms)
  const part = (name: string) => Number(parts.find((each) => each.type === name)?.value)
  return Date.UTC(part('year'), part('month') - 1, part('day'), part('hour'), part('minute'), part('second')) - Math.floor(ms / 1000) * 1000
}
