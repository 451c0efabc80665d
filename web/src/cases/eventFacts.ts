import type { CaseEvent } from '../kernel/types'

/** Something a step put down: what it is about, and a moment, a limit, a word of ours or plain text. */
export type Fact = { label: string } & ({ at: number } | { limit: string } | { word: string } | { text: string })

const yesNo = (yes: boolean): 'yes' | 'no' => (yes ? 'yes' : 'no')

/** What a step says besides who, when and why, in the order it is read. Deadlines that a step left as they were are not repeated. */
export function factsOf(event: CaseEvent, before?: Pick<CaseEvent, 'case_due_at' | 'unit_due_at'>): Fact[] {
  const facts: Fact[] = []
  const { move, yes, answers } = event
  if (event.handler_name && move === 'hand') facts.push({ label: 'cases.handler', text: event.handler_name })
  if (event.party_name) facts.push({ label: move === 'rate' ? (yes ? 'fact.rated' : 'fact.rates') : 'fact.party', text: event.party_name })
  if (event.other_number) facts.push({ label: 'fact.other', text: event.other_number })
  if (event.limit) facts.push({ label: move === 'file' || move === 'reopen' ? 'fact.limit.item' : move === 'summon' ? 'fact.limit.party' : 'fact.limit.longer', limit: event.limit })
  if (event.until) facts.push({ label: move === 'urge' ? 'fact.until.urge' : 'fact.until.suspension', at: event.until })
  if (yes !== null && move === 'answer_check') facts.push({ label: 'fact.found', word: `answer.found.${yesNo(yes)}` })
  if (yes !== null && (move === 'review_appeal' || move === 'decide_appeal')) facts.push({ label: 'fact.outcome', word: `answer.upheld.${yesNo(yes)}` })
  if (answers) {
    facts.push({ label: 'field.reached', word: `ui.${yesNo(answers.reached)}` })
    if (typeof answers.resolved === 'boolean') facts.push({ label: 'field.resolved', word: `ui.${yesNo(answers.resolved)}` })
    if (typeof answers.satisfied === 'boolean') facts.push({ label: 'field.satisfied', word: `ui.${yesNo(answers.satisfied)}` })
  }
  if (event.stars !== null) facts.push({ label: 'field.stars', text: `${event.stars} / 5` })
  if (event.case_due_at !== null && event.case_due_at !== before?.case_due_at) facts.push({ label: 'fact.case_due', at: event.case_due_at })
  if (event.unit_due_at !== null && event.unit_due_at !== before?.unit_due_at) facts.push({ label: 'fact.unit_due', at: event.unit_due_at })
  if (event.clause) facts.push({ label: move === 'decline' ? 'field.pointer' : 'field.clause', text: event.clause })
  return facts
}

/** Each step with the deadlines as they stood before it. */
export function withDues(events: readonly CaseEvent[]): { event: CaseEvent; before: Pick<CaseEvent, 'case_due_at' | 'unit_due_at'> }[] {
  let dues: Pick<CaseEvent, 'case_due_at' | 'unit_due_at'> = { case_due_at: null, unit_due_at: null }
  return events.map((event) => {
    const before = dues
    dues = { case_due_at: event.case_due_at ?? before.case_due_at, unit_due_at: event.unit_due_at ?? before.unit_due_at }
    return { event, before }
  })
}
