import type { LocationQuery } from 'vue-router'
import type { Asks, CaseFilter, Stage, View } from '../kernel/types'
import { ASKS, LISTS, STAGES } from './stages'

/** What the worklist is asked for. It lives in the address, so that going back, reloading and sending a link keep it. */
export interface Wanted {
  view: View
  stage: '' | Stage
  item: string
  unit: string
  area: string
  open: '' | 'true' | 'false'
  overdue: boolean
  /** The decision waited for; asked only among those to be decided. */
  asks: '' | Asks
  sort: 'due' | 'newest'
}

const one = (value: LocationQuery[string] | undefined): string => (typeof value === 'string' ? value : '')

export function wantedFrom(query: LocationQuery): Wanted {
  const open = one(query.open)
  const view = query.view === 'all' ? 'all' : (LISTS.find((list) => list === query.view) ?? 'todo')
  return {
    view,
    stage: STAGES.find((stage) => stage === query.stage) ?? '',
    item: one(query.item),
    unit: one(query.unit),
    area: one(query.area),
    open: open === 'true' || open === 'false' ? open : '',
    overdue: query.overdue === 'true',
    asks: view === 'decide' ? (ASKS.find((asks) => asks === query.asks) ?? '') : '',
    sort: query.sort === 'newest' ? 'newest' : 'due',
  }
}

export function queryFrom(wanted: Wanted): Record<string, string> {
  const query = Object.fromEntries(Object.entries(filterOf(wanted)).map(([name, value]) => [name, String(value)]))
  if (wanted.sort === 'newest') query.sort = 'newest'
  if (wanted.view === 'todo') delete query.view
  return query
}

export function filterOf(wanted: Wanted): CaseFilter {
  return {
    view: wanted.view,
    ...(wanted.stage ? { stage: wanted.stage } : {}),
    ...(wanted.item ? { item: wanted.item } : {}),
    ...(wanted.unit ? { unit: wanted.unit } : {}),
    ...(wanted.area ? { area: wanted.area } : {}),
    ...(wanted.open ? { open: wanted.open === 'true' } : {}),
    ...(wanted.overdue ? { overdue: true } : {}),
    ...(wanted.asks && wanted.view === 'decide' ? { asks: wanted.asks } : {}),
  }
}

/** How many of the filters, tabs and order aside, are set. */
export function filtersSet(wanted: Wanted): number {
  return [wanted.stage, wanted.item, wanted.unit, wanted.area, wanted.open, wanted.overdue, wanted.asks].filter(Boolean).length
}
