import { expect, it } from 'vitest'
import { uuidv7 } from './ids'

it('writes the time first, then version 7 and the variant', () => {
  const id = uuidv7(0x0190abcdef12, (bytes) => bytes.fill(0xff))
  expect(id).toBe('0190abcd-ef12-7fff-bfff-ffffffffffff')
})

it('sorts by time and does not repeat itself', () => {
  const earlier = uuidv7(1_000)
  const later = uuidv7(2_000)
  expect(earlier < later).toBe(true)
  expect(new Set(Array.from({ length: 1000 }, () => uuidv7(5))).size).toBe(1000)
})
