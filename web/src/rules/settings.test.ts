import { expect, it } from 'vitest'
import type { Rules } from '../kernel/types'
import { changes, copyOf, SECTIONS, shown, stored } from './settings'
import words from './words'

const rules: Rules = {
  desk: { file: '15wm', check: '4wh', dispatch: '15wm', consent: '1wd', verify: '30wm', call_back: '1wd', arbitrate: '1wd' },
  extensions: 2,
  suspension_days: 366,
  refusals: 2,
  reopen_days: 15,
  call_back_permille: 100,
  sample_seed: 20_260_101,
  submit_pictures: 0,
  verify_pictures: 0,
  remind_hours: 24,
  climb: ['1wd', '2wd'],
}
const share = SECTIONS.flatMap((section) => section.settings).find((each) => each.name === 'call_back_permille')!

it('shows the share of call-backs in percent and stores it in thousandths', () => {
  expect(shown(rules, share)).toBe(10)
  expect(stored('12.5', share)).toBe(125)
  // 0.3 * 10 is not quite 3 in binary.
  expect(stored('0.3', share)).toBe(3)
  expect(stored('', share)).toBeNaN()
})

it('names what differs, and nothing else', () => {
  const next = copyOf(rules)
  expect(changes(rules, next, String)).toEqual([])
  next.desk.file = '30wm'
  next.call_back_permille = 55
  next.climb[1] = '3wd'
  expect(changes(rules, next, String)).toEqual([
    { label: 'rules.desk_limit.file', was: '15wm', is: '30wm' },
    { label: 'rules.number.call_back_percent', was: '10', is: '5.5' },
    { label: 'rules.climb.second', was: '2wd', is: '3wd' },
  ])
  expect(rules.desk.file).toBe('15wm')
})

it('has a form field, a label and a hint for every number', () => {
  const named = SECTIONS.flatMap((section) => section.settings).map((each) => each.name)
  expect([...named, 'desk', 'climb'].sort()).toEqual(Object.keys(rules).sort())
  const { number, hint, section } = words.zh.rules as Record<string, Record<string, string>>
  for (const each of SECTIONS) {
    expect(section![each.name]).toBeTruthy()
    for (const { word } of each.settings) expect(number![word] && hint![word]).toBeTruthy()
  }
})
