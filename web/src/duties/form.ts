import type { Duty, DutyBody, Start } from './types'

export const GROUNDS = ['area', 'place'] as const
export const SUBJECTS = ['item', 'class', 'domain'] as const
export const ANSWERS = ['unit', 'role', 'to_region'] as const

/** A duty while it is being filled in: what was chosen of each sort is kept while another sort is looked at. */
export interface Draft {
  ground: (typeof GROUNDS)[number]
  subject: (typeof SUBJECTS)[number]
  answer: (typeof ANSWERS)[number]
  area: string
  place: string
  item: string
  class: string
  domain: string
  unit: string
  role: string
  to_region: string
  from: string
  until: string
  basis: string
  note: string
}

export function draftOf(duty: Duty | null, start: Start, day: (ms: number) => string): Draft {
  const one = <T extends string>(kinds: readonly T[], of: Partial<Record<T, string | null | undefined>>): T => kinds.find((kind) => of[kind]) ?? kinds[0]!
  const from = duty ?? { ...start, unit: null, role: null, to_region: null, domain: null }
  return {
    ground: one(GROUNDS, from),
    subject: one(SUBJECTS, from),
    answer: one(ANSWERS, from),
    area: from.area ?? '',
    place: from.place ?? '',
    item: from.item ?? '',
    class: from.class ?? '',
    domain: from.domain ?? '',
    unit: from.unit ?? '',
    role: from.role ?? '',
    to_region: from.to_region ?? '',
    from: duty ? day(duty.from) : '',
    until: duty?.until ? day(duty.until) : '',
    basis: duty?.basis ?? '',
    note: duty?.note ?? '',
  }
}

/** What is sent: of each sort the one that is shown. A day that was not touched goes out as the moment it stands for. */
export function bodyOf(draft: Draft, region: string, duty: Duty | null, day: (ms: number) => string): DutyBody {
  const when = (text: string, was: number | null | undefined) => (text && was && day(was) === text ? String(was) : text || null)
  const body: DutyBody = { basis: draft.basis, note: draft.note, from: when(draft.from, duty?.from), until: when(draft.until, duty?.until) }
  // No area chosen is the whole region.
  if (draft.ground === 'area') body.area = draft.area || region
  else body.place = draft.place || null
  body[draft.subject] = draft[draft.subject] || null
  body[draft.answer] = draft[draft.answer] || null
  return body
}

const TONES: Record<string, string> = { unit: 'good', hole: 'bad', conflict: 'warn' }
/** How an answer is drawn. */
export const toneOf = (outcome: string): string => TONES[outcome] ?? ''
