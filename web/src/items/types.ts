import type { components } from '../kernel/api-types'
import type { Item, Routes } from '../kernel/types'

type Schemas = components['schemas']

export type Catalogue = Routes['GET /api/regions/{region}/catalogues']['answer']['items'][number]
export type Condition = Item['conditions'][number]
export type Party = Schemas['Party']
export type OtherParty = Schemas['OtherParty']
export type Comparison = Routes['GET /api/regions/{region}/catalogues/compare']['answer']
export type ItemDiff = Comparison['items'][number]
export type Mapped = Routes['GET /api/regions/{region}/item-mappings']['answer']['items'][number]
export type ItemBody = Routes['PUT /api/regions/{region}/catalogues/{version}/items/{code}']['body']
export type ConditionBody = Routes['PUT /api/regions/{region}/catalogues/{version}/items/{code}/conditions/{n}']['body']

/** What an import did, or would do. */
export interface Imported {
  catalogue: Catalogue | null
  written: boolean
  counted: { records: number; items: number; limits: Record<string, number>; several: number; with_roles: number; only_roles: number }
  spellings: Spelling[]
  units_made: string[]
  notes: { code: string; zh: string; en: string; at: string | null }[]
  rows: ImportedRow[]
}
export interface ImportedRow {
  record: number
  line: number
  code: string
  name: string
  n: number
  became: 'new' | 'changed' | 'unchanged' | 'draft'
  doubts: { code: string; field: string; zh: string; en: string }[]
}
/** How a unit is written in the file, and what that is taken for. */
export interface Spelling {
  spelling: string
  count: number
  meaning: { unit: string } | { role: string } | { new: string } | 'unknown'
  name: string
  like: string[]
}
