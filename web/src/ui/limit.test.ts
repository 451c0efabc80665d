import { expect, it } from 'vitest'
import { formatLimit, LIMIT_UNITS, limitCode, mostOf, parseLimit, unitName } from './limit'

it.each([
  ['2wd', '2工作日', '2 working days'],
  ['1wd', '1工作日', '1 working day'],
  ['4wh', '4工作时', '4 working hours'],
  ['15wm', '15工作分钟', '15 working minutes'],
  ['5d', '5天', '5 days'],
  ['24h', '24小时', '24 hours'],
  ['1m', '1分钟', '1 minute'],
  ['2uh', '2紧急工作时', '2 urgent hours'],
  ['1ud', '1紧急工作日', '1 urgent day'],
])('says %s in both languages', (code, zh, en) => {
  expect(formatLimit(code, 'zh-CN')).toBe(zh)
  expect(formatLimit(code, 'en')).toBe(en)
})

it('leaves what is no limit as it stands', () => {
  for (const text of ['', 'wd', '0wd', '2', '2xx', '-1d', '1.5d', '732d', '2wd and more']) {
    expect(parseLimit(text)).toBeNull()
    expect(formatLimit(text, 'zh-CN')).toBe(text)
  }
})

it('makes a code of what was typed, up to the longest limit', () => {
  expect(limitCode(2, 'wd')).toBe('2wd')
  expect(limitCode(' 15 ', 'wm')).toBe('15wm')
  for (const unit of LIMIT_UNITS) {
    expect(limitCode(mostOf(unit), unit)).toBe(`${mostOf(unit)}${unit}`)
    expect(limitCode(mostOf(unit) + 1, unit)).toBe('')
    expect(unitName(unit, 'en')).toMatch(/s$/)
  }
  for (const typed of ['', 0, -1, 1.5, '1e3', 'two']) expect(limitCode(typed, 'd')).toBe('')
})
