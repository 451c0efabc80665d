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

it('asks for one kind of decision only among those to be decided', () => {
  const wanted = wantedFrom({ view: 'decide', asks: 'appeal' })
  expect(filterOf(wanted)).toEqual({ view: 'decide', asks: 'appeal' })
  expect(filterOf({ ...wanted, view: 'overdue' })).toEqual({ view: 'overdue' })
  expect(wantedFrom({ view: 'overdue', asks: 'appeal' }).asks).toBe('')
  expect(wantedFrom({ view: 'decide', asks: 'lunch' }).asks).toBe('')
})
