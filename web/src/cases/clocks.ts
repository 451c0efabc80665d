import type { CaseView, Clock } from '../kernel/types'

/** What a clock does at the moment. */
export type ClockState = 'runs' | 'stopped' | 'suspended' | 'ended'

/**
 * A clock is at its end when what it measures is done: the case with its end, the unit's with its result, an assisting
 * unit's with its part. A suspended clock runs on from a moment ahead; one without a beginning stands.
 */
export function clockState(clock: Clock, view: Pick<CaseView, 'open' | 'submitted_at' | 'stage' | 'side'>, now: number): ClockState {
  const party = clock.clock === 'party' ? view.side.parties.find((each) => each.unit === clock.unit) : undefined
  const done = clock.clock === 'unit' && view.submitted_at !== null && view.stage === 'verifying'
  if (!view.open || done || (party && party.done_at !== null)) return 'ended'
  if (clock.since === null) return 'stopped'
  return clock.since > now && view.side.suspended_until !== null ? 'suspended' : 'runs'
}
