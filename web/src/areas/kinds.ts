export const UNIT_KINDS = ['department', 'street_office', 'property_company', 'association', 'enterprise', 'other'] as const
export const GRID_KINDS = ['general', 'dedicated'] as const
