import type { CaseView, Move } from '../kernel/types'
import type { Choice } from '../ui/SearchSelect.vue'

/**
 * Units that a move can name among those at work on the case, for somebody of the units `own`: to be released are those
 * still at it; the lead rates who responded, and those rate the lead. The server says no to anything else.
 */
export function partiesFor(move: Move, view: CaseView, own: readonly string[]): Choice[] {
  const all = view.side?.parties ?? []
  const choice = (unit: string, name: string | null): Choice => ({ value: unit, label: name ?? unit })
  if (move === 'release') return all.filter((party) => party.done_at === null).map((party) => choice(party.unit, party.name))
  if (move !== 'rate') return []
  const assisted = all.filter((party) => party.responded_at !== null && !party.released)
  const leads = view.unit !== null && own.includes(view.unit)
  const rated = leads ? assisted.filter((party) => party.rated === null).map((party) => choice(party.unit, party.name)) : []
  const rates = assisted.some((party) => own.includes(party.unit) && party.rates === null)
  return view.unit !== null && rates ? [...rated, choice(view.unit, view.names.unit)] : rated
}
