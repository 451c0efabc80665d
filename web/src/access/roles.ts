import type { Role } from '../kernel/types'

/** The posts an account can be given, in the order of the form. A resident needs no account. */
export const POST_ROLES: readonly Role[] = [
  'grid_worker',
  'intake_operator',
  'dispatcher',
  'unit_officer',
  'handler',
  'supervisor',
  'analyst',
  'catalogue_steward',
  'data_steward',
  'system_administrator',
  'security_administrator',
  'auditor',
]
/** Posts held for a unit. */
export const UNIT_ROLES: readonly Role[] = ['unit_officer', 'handler']
/** Posts that may be held for less than the region; a grid worker's always names its area. */
export const AREA_ROLES: readonly Role[] = ['grid_worker', 'intake_operator', 'dispatcher', 'supervisor', 'analyst']
