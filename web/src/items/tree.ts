import type { Item } from '../kernel/types'

/** What a list of items can be narrowed to; several hold together. */
export const FILTERS = ['doubtful', 'urgent', 'public', 'without_lead', 'retired', 'local'] as const
export type Filter = (typeof FILTERS)[number]

const TESTS: Record<Filter, (item: Item) => boolean> = {
  doubtful: (item) => item.conditions.some((each) => each.draft),
  urgent: (item) => item.conditions.some((each) => each.urgent),
  public: (item) => item.public,
  without_lead: (item) => item.conditions.some((each) => !each.lead),
  retired: (item) => item.retired,
  local: (item) => item.local,
}

const plain = (text: string): string => text.normalize('NFKC').toLowerCase()
const told = (item: Item): string =>
  plain(
    [item.code, item.name, item.major, item.domain ?? '', item.printed ?? '', ...item.synonyms, ...item.conditions.flatMap((each) => [each.filing, each.closing])].join('\n'),
  )

/** The items in which every word of `text` occurs and every filter holds. */
export function narrow(items: readonly Item[], text: string, filters: readonly Filter[]): Item[] {
  const words = plain(text).split(/\s+/).filter(Boolean)
  return items.filter((item) => {
    if (!filters.every((filter) => TESTS[filter](item))) return false
    const all = words.length ? told(item) : ''
    return words.every((word) => all.includes(word))
  })
}

export function countBy(items: readonly Item[]): Record<Filter, number> {
  return Object.fromEntries(FILTERS.map((filter) => [filter, items.filter(TESTS[filter]).length])) as Record<Filter, number>
}

export interface Major {
  /** Region and major class: the first eight digits. */
  code: string
  name: string
  items: Item[]
}
export interface Kind {
  kind: Item['kind']
  items: number
  conditions: number
  majors: Major[]
}

/** Kind, major class, item: by code, as the catalogue gives them. */
export function treeOf(items: readonly Item[]): Kind[] {
  const kinds: Kind[] = []
  for (const item of items) {
    let kind = kinds.find((each) => each.kind === item.kind)
    if (!kind) kinds.push((kind = { kind: item.kind, items: 0, conditions: 0, majors: [] }))
    const code = item.code.slice(0, 8)
    let major = kind.majors.find((each) => each.code === code && each.name === item.major)
    if (!major) kind.majors.push((major = { code, name: item.major, items: [] }))
    major.items.push(item)
    kind.items++
    kind.conditions += item.conditions.length
  }
  return kinds
}
