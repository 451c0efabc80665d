import { describe, expect, it } from 'vitest'
import type { AllowedMove, CaseView, Move, MoveField } from '../kernel/types'
import { askedOf, bodyOf, emptyValues, isGrave, isLeading, missing, movePath, orderMoves, withConditions } from './moves'
import { partiesFor } from './parties'

const ZONE = 'Asia/Shanghai'
const field = (name: string, kind: MoveField['kind'], required = false): MoveField => ({ name, kind, required })
const names = (fields: readonly MoveField[]) => fields.map((each) => each.name)
const offers = (...moves: Move[]): AllowedMove[] => moves.map((move) => ({ move, to: 'handling', fields: [] }))
const FILE = [field('item', 'item', true), field('note', 'text'), field('point', 'point')]
const CALL_BACK = [field('reached', 'yes_no', true), field('resolved', 'yes_no'), field('satisfied', 'yes_no'), field('note', 'text')]

describe('body of a move', () => {
  it('holds the version and what was filled in, and nothing of other moves', () => {
    const values = { ...emptyValues(FILE), item: '32010502', note: '  ', reason: 'left over', point: { lon: 118.7, lat: 32 } }
    expect(bodyOf(FILE, values, 3, ZONE)).toEqual({ version: 3, item: '32010502', lon: 118.7, lat: 32 })
    expect(bodyOf(FILE, { ...values, point: null }, 3, ZONE)).toEqual({ version: 3, item: '32010502' })
  })

  it('tells each kind of answer as the server takes it', () => {
    const fields = [field('until', 'date', true), field('limit', 'limit', true), field('stars', 'stars', true), field('found', 'yes_no', true), field('into', 'case', true), field('attachments', 'pictures')]
    const values = { until: '2026-11-25T18:00', limit: '2wd', stars: '4', found: false, into: ' 990101-0000007 ', attachments: [] }
    expect(bodyOf(fields, values, 1, ZONE)).toEqual({ version: 1, until: Date.UTC(2026, 10, 25, 10), limit: '2wd', stars: 4, found: false, into: '990101-0000007' })
  })

  it('names the first required field that is empty or blank; no is an answer', () => {
    expect(missing([field('reason', 'text', true)], { reason: '   ' })?.name).toBe('reason')
    expect(missing([field('reason', 'text', true)], { reason: '仍未修好' })).toBeUndefined()
    expect(missing([field('upheld', 'yes_no', true)], { upheld: null })?.name).toBe('upheld')
    expect(missing([field('upheld', 'yes_no', true)], { upheld: false })).toBeUndefined()
  })

  it('asks what a reporter says only where they were reached, and then for all of it', () => {
    const values = emptyValues(CALL_BACK)
    expect(names(askedOf(CALL_BACK, values))).toEqual(['reached', 'note'])
    expect(names(askedOf(CALL_BACK, { ...values, reached: true }))).toEqual(['reached', 'resolved', 'satisfied', 'note'])
    expect(missing(CALL_BACK, { ...values, reached: true, resolved: true })?.name).toBe('satisfied')
    expect(missing(CALL_BACK, { ...values, reached: false })).toBeUndefined()
    // What was answered before the mind was changed is not sent.
    expect(bodyOf(CALL_BACK, { ...values, reached: false, resolved: true, satisfied: true }, 8, ZONE)).toEqual({ version: 8, reached: false })
  })

  it('asks for the condition only where there is a choice, and sends its number', () => {
    const fields = [field('item', 'item', true), field('condition', 'condition'), field('note', 'text')]
    expect(names(withConditions(fields, 0))).toEqual(['item', 'note'])
    expect(names(withConditions(fields, 1))).toEqual(['item', 'note'])
    const asked = withConditions(fields, 2)
    expect(missing(asked, { ...emptyValues(fields), item: '3201050201' })?.name).toBe('condition')
    const values = { ...emptyValues(fields), item: '3201050201', condition: '2' }
    expect(bodyOf(asked, values, 3, ZONE)).toEqual({ version: 3, item: '3201050201', condition: 2 })
    // What was chosen for another item goes nowhere.
    expect(bodyOf(withConditions(fields, 1), values, 3, ZONE)).toEqual({ version: 3, item: '3201050201' })
  })

  it('leaves whom to send to the server, which takes the nearest', () => {
    expect(names(askedOf([field('question', 'text', true), field('checker', 'checker')], {}))).toEqual(['question'])
  })
})

describe('the buttons', () => {
  const shown = ({ main, more }: ReturnType<typeof orderMoves>) => [main.map((each) => each.move), more.map((each) => each.move)]

  it('has the next steps first, what takes away last, and the rest in the menu', () => {
    expect(shown(orderMoves(offers('urge', 'recuse', 'send_back', 'dispatch', 'merge', 'link')))).toEqual([
      ['dispatch', 'send_back'],
      ['urge', 'recuse', 'merge', 'link'],
    ])
    expect(shown(orderMoves(offers('refuse', 'summon', 'grant', 'link', 'recuse')))).toEqual([['grant', 'refuse'], ['summon', 'link', 'recuse']])
  })

  it('makes no menu of one, nor where there is nothing else', () => {
    expect(shown(orderMoves(offers('recuse', 'accept')))).toEqual([['accept', 'recuse'], []])
    expect(shown(orderMoves(offers('unmerge', 'recuse')))).toEqual([['unmerge', 'recuse'], []])
  })

  it('shows one button where two posts may do the same', () => {
    expect(shown(orderMoves(offers('send_back', 'send_back')))).toEqual([['send_back'], []])
  })

  it('leads to no move that takes away', () => {
    expect([isLeading('accept'), isLeading('reopen'), isLeading('send_back'), isGrave('merge'), isGrave('grant')]).toEqual([true, false, false, true, false])
  })

  it('writes an address with hyphens', () => {
    expect([movePath('request_extension'), movePath('send_back'), movePath('file')]).toEqual(['request-extension', 'send-back', 'file'])
  })
})

it('offers to name only units that the move can be about', () => {
  const party = (unit: string, more = {}) => ({ unit, name: `${unit}单位`, asked_at: 1, responded_at: 2, done_at: 3, released: false, rated: null, rates: null, ...more })
  const view = {
    unit: 'lead',
    names: { unit: '主办' },
    side: { parties: [party('a'), party('b', { rated: 5 }), party('c', { released: true }), party('d', { done_at: null, responded_at: null })] },
  } as unknown as CaseView
  const units = (move: Move, own: string[]) => partiesFor(move, view, own).map((choice) => choice.value)
  expect(units('release', [])).toEqual(['d'])
  expect(units('rate', ['lead'])).toEqual(['a'])
  expect(units('rate', ['b'])).toEqual(['lead'])
  expect(units('rate', ['d'])).toEqual([])
})
