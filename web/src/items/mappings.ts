import type { Mapped } from './types'

/** One item of the first version while the mapping is being settled: `to` may be several. */
export interface Row {
  from_code: string
  from_name: string
  to: string[]
  note: string
  /** Why the program proposes it; null for what somebody settled. */
  reason: Mapped['reason']
  /** Suggested, and called the same in both versions. */
  certain: boolean
  /** Settled on the server, or confirmed here. */
  confirmed: boolean
}

const plain = (text: string): string => text.normalize('NFKC').trim()

/** A row for each item of the first version. */
export function rowsOf(items: readonly Mapped[]): Row[] {
  const rows = new Map<string, Row>()
  for (const each of items) {
    const row = rows.get(each.from_code)
    if (row) {
      if (each.to_code) row.to.push(each.to_code)
      row.note ||= each.note
      continue
    }
    rows.set(each.from_code, {
      from_code: each.from_code,
      from_name: each.from_name,
      to: each.to_code ? [each.to_code] : [],
      note: each.note,
      reason: each.suggested ? each.reason : null,
      certain: each.suggested && each.to_name !== null && plain(each.to_name) === plain(each.from_name),
      confirmed: !each.suggested,
    })
  }
  return [...rows.values()]
}

/** What is sent: every confirmed pair; what is not confirmed stays a suggestion. */
export function pairsOf(rows: readonly Row[]): { from_code: string; to_code: string; note: string }[] {
  return rows.filter((row) => row.confirmed).flatMap((row) => [...new Set(row.to)].map((to_code) => ({ from_code: row.from_code, to_code, note: row.note.trim() })))
}

/** Confirms what is certain: suggestions of the same name. The same code under another name may be another matter. */
export function confirmCertain(rows: readonly Row[]): Row[] {
  return rows.map((row) => (!row.confirmed && row.certain ? { ...row, confirmed: true } : row))
}

export const MAP_STATES = ['open', 'suggested', 'unmatched', 'confirmed'] as const
export type MapState = (typeof MAP_STATES)[number]

export function inState(row: Row, state: MapState): boolean {
  if (state === 'confirmed') return row.confirmed
  if (row.confirmed) return false
  return state === 'open' || (state === 'suggested') === row.to.length > 0
}
