import type { Level } from '../kernel/types'

export const UNIT_KINDS = ['department', 'street_office', 'property_company', 'utility', 'association', 'community', 'owners_body', 'enterprise'] as const

export const PLACE_CLASSES = ['estate', 'road', 'park', 'market', 'campus', 'building', 'facility', 'other'] as const

/** The kinds that areas of each level can be of. */
export const AREA_KINDS: Record<Level, readonly string[]> = {
  street: ['subdistrict', 'town', 'township', 'other'],
  community: ['community', 'village', 'other'],
  grid: ['general', 'dedicated'],
}
