import { describe, expect, it } from 'vitest'
import type { Move, Stage } from '../kernel/types'
import { bodyOf, emptyValues, fieldsOf, missing } from './moves'

/** From the contract of the server: the fields of each body, those that must be there first. */
const EXPECTED: [Move, Stage, Stage, string[], string[]][] = [
  ['file', 'reported', 'filed', ['item'], ['note', 'point']],
  ['decline', 'reported', 'declined', ['reason'], ['pointer']],
  ['dispatch', 'filed', 'dispatched', ['unit'], ['note']],
  ['accept', 'dispatched', 'handling', [], ['note']],
  ['hand', 'handling', 'handling', ['handler'], ['note']],
  ['submit', 'handling', 'verifying', ['result'], ['attachments']],
  ['verify', 'verifying', 'verifying', [], ['note', 'attachments']],
  ['rework', 'verifying', 'handling', ['reason'], []],
  ['close', 'verifying', 'closed', [], ['note']],
  ['send_back', 'dispatched', 'filed', ['reason'], ['clause']],
  ['send_back', 'filed', 'reported', ['reason'], []],
  ['send_back', 'handling', 'handling', ['reason'], []],
  ['withdraw', 'filed', 'withdrawn', [], ['reason']],
  ['reopen', 'closed', 'filed', ['reason'], []],
]

describe('fields of a move', () => {
  it.each(EXPECTED)('%s from %s to %s', (move, from, to, required, optional) => {
    const fields = fieldsOf({ move, to }, from)
    expect(fields.filter((field) => field.required).map((field) => field.name)).toEqual(required)
    expect(fields.filter((field) => !field.required).map((field) => field.name)).toEqual(optional)
  })
})

describe('body of a move', () => {
  it('holds the version and what was filled in, and nothing of other moves', () => {
    const fields = fieldsOf({ move: 'file', to: 'filed' }, 'reported')
    const values = { ...emptyValues(), item: '32010502', note: '  ', reason: 'left over', point: { lon: 118.7, lat: 32 } }
    expect(bodyOf(fields, values, 3)).toEqual({ version: 3, item: '32010502', lon: 118.7, lat: 32 })
    expect(bodyOf(fields, { ...values, point: null }, 3)).toEqual({ version: 3, item: '32010502' })
  })

  it('names the first required field that is empty or blank', () => {
    const fields = fieldsOf({ move: 'rework', to: 'handling' }, 'verifying')
    expect(missing(fields, { ...emptyValues(), reason: '   ' })?.name).toBe('reason')
    expect(missing(fields, { ...emptyValues(), reason: '仍未修好' })).toBeUndefined()
  })
})
