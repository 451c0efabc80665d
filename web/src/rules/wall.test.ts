import { expect, it } from 'vitest'
import { momentOf, wallOf } from './wall'

it('goes from clock time to the moment and back', () => {
  const at = Date.UTC(2026, 1, 13, 9, 30)
  expect(wallOf(at, 'Asia/Shanghai')).toBe('2026-02-13T17:30')
  expect(momentOf('2026-02-13T17:30', 'Asia/Shanghai')).toBe(at)
  expect(momentOf('2026-02-13T00:00', 'Asia/Shanghai')).toBe(Date.UTC(2026, 1, 12, 16))
  // The day clocks went forward in Berlin, before and after.
  expect(momentOf('2026-03-29T01:30', 'Europe/Berlin')).toBe(Date.UTC(2026, 2, 29, 0, 30))
  expect(momentOf('2026-03-29T12:00', 'Europe/Berlin')).toBe(Date.UTC(2026, 2, 29, 10))
  expect(momentOf('2026-03-29T02:30', 'Europe/Berlin')).toBe(Date.UTC(2026, 2, 29, 1, 30))
  expect(momentOf('', 'Asia/Shanghai')).toBeNull()
})
