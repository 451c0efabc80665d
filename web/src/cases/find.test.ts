import { expect, it } from 'vitest'
import { filterOf, filtersSet, queryFrom, wantedFrom } from './find'

it('reads from the address what it wrote there', () => {
  const wanted = { ...wantedFrom({}), view: 'all', stage: 'filed', area: '320105001', overdue: true, open: 'true', sort: 'newest' } as const
  expect(wantedFrom(queryFrom(wanted))).toEqual(wanted)
  expect(filtersSet(wanted)).toBe(4)
})

it('starts with what waits for me, due first, and asks the server for nothing else', () => {
  const wanted = wantedFrom({ stage: ['a', 'b'], open: 'maybe', sort: 'sideways', view: 'x' })
  expect(queryFrom(wanted)).toEqual({})
  expect(filterOf(wanted)).toEqual({ view: 'todo' })
})
