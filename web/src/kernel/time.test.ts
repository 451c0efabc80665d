import { describe, expect, it } from 'vitest'
import { dayOf, formatRelative, formatTime, localOf, momentOf, startOfDay } from './time'

const HOUR = 3_600_000
const MOMENT = Date.UTC(2026, 0, 31, 16, 30)

describe('time in the zone of the region', () => {
  it('shows the hour of the region, not of the reader', () => {
    expect(formatTime(MOMENT, 'Asia/Shanghai', 'zh-CN')).toBe('2026/02/01 00:30')
    expect(formatTime(MOMENT, 'Asia/Urumqi', 'zh-CN')).toBe('2026/01/31 22:30')
    expect(formatTime(MOMENT, 'Asia/Shanghai', 'en')).toBe('2026-02-01, 00:30')
    expect(dayOf(MOMENT, 'Asia/Shanghai')).toBe('2026-02-01')
  })

  it('starts a day at the midnight of the zone', () => {
    expect(startOfDay('2026-02-01', 'Asia/Shanghai')).toBe(Date.UTC(2026, 0, 31, 16))
    expect(startOfDay('2026-07-01', 'Europe/Berlin')).toBe(Date.UTC(2026, 5, 30, 22))
  })

  it('starts a day whose midnight does not exist at the first moment after the gap', () => {
    // In São Paulo the clocks went from 00:00 to 01:00 on 4 November 2018.
    expect(startOfDay('2018-11-04', 'America/Sao_Paulo')).toBe(Date.UTC(2018, 10, 4, 3))
  })

  it('reads and writes what the clocks on the wall show', () => {
    expect(momentOf('2026-02-01T00:30', 'Asia/Shanghai')).toBe(MOMENT)
    expect(localOf(MOMENT, 'Asia/Urumqi')).toBe('2026-01-31T22:30')
    expect(momentOf(localOf(MOMENT, 'Europe/Berlin'), 'Europe/Berlin')).toBe(MOMENT)
    // In Berlin 02:30 does not exist on 29 March 2026, and comes twice on 25 October.
    expect(localOf(momentOf('2026-03-29T02:30', 'Europe/Berlin'), 'Europe/Berlin')).toBe('2026-03-29T03:30')
    expect(momentOf('2026-10-25T02:30', 'Europe/Berlin')).toBe(Date.UTC(2026, 9, 25, 0, 30))
  })

  it('says how far away a moment is in the largest unit that fits', () => {
    expect(formatRelative(MOMENT + 3 * HOUR, MOMENT, 'zh-CN')).toBe('3小时后')
    expect(formatRelative(MOMENT - 20 * 60_000, MOMENT, 'zh-CN')).toBe('20分钟前')
    expect(formatRelative(MOMENT - 72 * HOUR, MOMENT, 'en')).toBe('3 days ago')
  })
})
