import { expect, test } from 'vitest'
import { bodyOf, draftOf } from './form'
import type { Duty } from './types'

const day = (ms: number) => new Date(ms).toISOString().slice(0, 10)
const duty = {
  id: '0190',
  area: null,
  place: 'p',
  item: null,
  class: '99010101',
  domain: null,
  unit: null,
  role: 'owner',
  to_region: null,
  from: 1_772_413_200_000,
  until: null,
  basis: '',
  note: '',
} as unknown as Duty

test('a duty comes out of the form as it went in', () => {
  const body = bodyOf(draftOf(duty, {}, day), '990101', duty, day)
  expect(body).toEqual({ place: 'p', class: '99010101', role: 'owner', from: '1772413200000', until: null, basis: '', note: '' })
})

test('of each sort only what is shown is sent', () => {
  const draft = draftOf(duty, {}, day)
  Object.assign(draft, { subject: 'item', item: '9901010101', answer: 'unit', unit: 'u', from: '2026-04-01' })
  expect(bodyOf(draft, '990101', duty, day)).toEqual({ place: 'p', item: '9901010101', unit: 'u', from: '2026-04-01', until: null, basis: '', note: '' })
})

test('no area chosen is the whole region', () => {
  const draft = draftOf(null, { item: '9901010101' }, day)
  expect(bodyOf(draft, '990101', null, day).area).toBe('990101')
})
