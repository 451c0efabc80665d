import type { Item } from '../kernel/types'
import type { Catalogue, Condition, ConditionBody, ItemBody, OtherParty, Party } from './types'

/** A party as one text, as boxes to choose from want it: `unit:…` or `role:…`. */
export function keyOf(party: Party | null): string {
  if (!party) return ''
  return 'unit' in party ? `unit:${party.unit}` : `role:${party.role}`
}
export function partyOf(key: string): Party | null {
  const at = key.indexOf(':')
  const rest = key.slice(at + 1)
  if (at < 0 || !rest) return null
  return key.startsWith('unit:') ? { unit: rest } : { role: rest }
}

/** Lines of a box as a list: no blanks, nothing twice. */
export const lines = (text: string): string[] => [...new Set(text.split('\n').map((each) => each.trim()).filter(Boolean))]

export interface ItemDraft extends Omit<Required<ItemBody>, 'synonyms' | 'domain' | 'printed'> {
  code: string
  domain: string
  printed: string
  synonyms: string
}

export function itemDraft(item: Item | null, region: string): ItemDraft {
  if (!item) return { code: region, name: '', kind: 'event', major: '', domain: '', community: false, public: false, local: false, retired: false, synonyms: '', printed: '' }
  const { code, name, kind, major, community, local, retired } = item
  return { code, name, kind, major, community, local, retired, public: item.public, domain: item.domain ?? '', printed: item.printed ?? '', synonyms: item.synonyms.join('\n') }
}

export function itemBody(draft: ItemDraft): ItemBody {
  const { code: _, domain, printed, synonyms, ...rest } = draft
  return { ...rest, domain: domain.trim() || null, printed: printed.trim() || null, synonyms: lines(synonyms) }
}

export interface ConditionDraft {
  filing: string
  closing: string
  limit: string
  seasons: { from: string; to: string; limit: string }[]
  urgent: boolean
  lead: string
  parties: { party: string; part: OtherParty['part'] }[]
  supervisors: string[]
  basis: string
  photos: number | string
  texts: string
}

export function conditionDraft(condition: Condition | null): ConditionDraft {
  if (!condition) return { filing: '', closing: '', limit: '', seasons: [], urgent: false, lead: '', parties: [], supervisors: [], basis: '', photos: 0, texts: '' }
  return {
    filing: condition.filing,
    closing: condition.closing,
    limit: condition.limit ?? '',
    seasons: condition.seasons.map((season) => ({ ...season })),
    urgent: condition.urgent,
    lead: keyOf(condition.lead as Party | null),
    parties: condition.parties.map(({ party, part }) => ({ party: keyOf(party as Party), part })),
    supervisors: condition.supervisors.map((party) => keyOf(party as Party)),
    basis: condition.basis,
    photos: condition.evidence.photos,
    texts: condition.evidence.texts.join('\n'),
  }
}

/** What is sent. Beside a lead all others assist; nobody is named twice, and rows left empty are none. */
export function conditionBody(draft: ConditionDraft): ConditionBody {
  const seen = new Set([draft.lead])
  const parties: OtherParty[] = []
  for (const { party: key, part } of draft.parties) {
    const party = partyOf(key)
    if (!party || seen.has(key)) continue
    seen.add(key)
    parties.push({ party, part: draft.lead ? 'assisting' : part })
  }
  return {
    filing: draft.filing.trim(),
    closing: draft.closing.trim(),
    limit: draft.limit,
    seasons: draft.seasons,
    urgent: draft.urgent,
    lead: partyOf(draft.lead),
    parties,
    supervisors: [...new Set(draft.supervisors)].flatMap((key) => partyOf(key) ?? []),
    basis: draft.basis.trim(),
    evidence: { photos: Number(draft.photos) || 0, texts: lines(draft.texts) },
  }
}

/** The number a new condition of an item takes. */
export const nextNumber = (item: Item): number => Math.max(0, ...item.conditions.map((each) => each.n)) + 1

/** The version to look at first: the one in force, else the newest. `all` has the newest first. */
export function firstOf(all: readonly Catalogue[]): Catalogue | undefined {
  return all.find((each) => each.standing === 'in_force') ?? all[0]
}

export interface Consequence {
  /** It begins this very moment, not at the day's start. */
  now: boolean
  /** The version it takes over from, if one is in force then. */
  from: Catalogue | null
  /** A version that takes over later. */
  until: Catalogue | null
  /** Another version already begins on that day: the server will refuse. */
  taken: Catalogue | null
}

/** What putting a draft in force on a day comes to; days are those of the region, as `yyyy-mm-dd`. */
export function consequence(all: readonly Catalogue[], draft: number, on: string, today: string, dayOf: (ms: number) => string): Consequence {
  const settled = all
    .filter((each) => each.version !== draft && each.from_at !== null)
    .map((each) => ({ each, day: dayOf(each.from_at!) }))
    .sort((a, b) => a.each.from_at! - b.each.from_at!)
  return {
    now: on === today,
    from: settled.filter(({ day }) => day < on).at(-1)?.each ?? null,
    until: settled.find(({ day }) => day > on)?.each ?? null,
    taken: settled.find(({ day }) => day === on)?.each ?? null,
  }
}
