import { expect, it } from 'vitest'
import type { CaseEvent } from '../kernel/types'
import { factsOf, withDues } from './eventFacts'

const event = (move: CaseEvent['move'], more: Partial<CaseEvent> = {}): CaseEvent => ({
  n: 1,
  at: 1,
  move,
  from: 'handling',
  to: 'handling',
  round: 1,
  actor: { name: null, role: null },
  unit: null,
  unit_name: null,
  handler: null,
  handler_name: null,
  note: null,
  clause: null,
  attachments: [],
  party: null,
  party_name: null,
  until: null,
  other: null,
  other_number: null,
  limit: null,
  yes: null,
  answers: null,
  stars: null,
  case_due_at: null,
  unit_due_at: null,
  ...more,
})
const labels = (of: CaseEvent) => factsOf(of).map((fact) => fact.label)

it('tells each outcome by the move it belongs to', () => {
  expect(factsOf(event('answer_check', { yes: false }))).toEqual([{ label: 'fact.found', word: 'answer.found.no' }])
  expect(factsOf(event('decide_appeal', { yes: true }))).toEqual([{ label: 'fact.outcome', word: 'answer.upheld.yes' }])
  expect(factsOf(event('rate', { yes: true, party_name: '供电公司', stars: 4 }))).toEqual([
    { label: 'fact.rated', text: '供电公司' },
    { label: 'field.stars', text: '4 / 5' },
  ])
  expect(labels(event('rate', { yes: false, party_name: '供电公司', stars: 4 }))).toEqual(['fact.rates', 'field.stars'])
})

it('tells limits, dates and answers', () => {
  expect(factsOf(event('summon', { party_name: '供电公司', limit: '2wd' }))).toEqual([
    { label: 'fact.party', text: '供电公司' },
    { label: 'fact.limit.party', limit: '2wd' },
  ])
  expect(labels(event('grant', { limit: '2wd' }))).toEqual(['fact.limit.longer'])
  expect(labels(event('urge', { until: 5 }))).toEqual(['fact.until.urge'])
  expect(labels(event('call_back', { answers: { reached: false, resolved: null, satisfied: null } }))).toEqual(['field.reached'])
  expect(labels(event('call_back', { answers: { reached: true, resolved: true, satisfied: false } }))).toEqual(['field.reached', 'field.resolved', 'field.satisfied'])
})

it('tells a deadline when it is new, and not again', () => {
  const told = withDues([event('file', { case_due_at: 10 }), event('dispatch', { case_due_at: 10, unit_due_at: 8 }), event('hand'), event('grant', { case_due_at: 12, unit_due_at: 10 })])
  expect(told.map(({ event: each, before }) => factsOf(each, before).map((fact) => fact.label))).toEqual([['fact.case_due'], ['fact.unit_due'], [], ['fact.case_due', 'fact.unit_due']])
})
