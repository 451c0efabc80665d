import type { Role } from '../kernel/types'

/** Posts that work with cases. */
export const CASE_ROLES: readonly Role[] = [
  'grid_worker',
  'intake_operator',
  'dispatcher',
  'unit_officer',
  'handler',
  'supervisor',
  'analyst',
]
const STEWARDS: readonly Role[] = ['catalogue_steward', 'data_steward']

/** Posts that may read areas, units and the calendar. */
export const BASE_ROLES: readonly Role[] = [...CASE_ROLES, ...STEWARDS, 'security_administrator']

/** The pages of the office in the order of the menu, each with the posts that see it. */
export const MENU: readonly { to: string; title: string; roles: readonly Role[] }[] = [
  { to: '/cases', title: 'cases.worklist', roles: CASE_ROLES },
  { to: '/report', title: 'cases.take_report', roles: ['intake_operator'] },
  { to: '/items', title: 'items.title', roles: [...CASE_ROLES, ...STEWARDS] },
  { to: '/duties', title: 'duties.title', roles: [...CASE_ROLES, ...STEWARDS] },
  { to: '/rules', title: 'rules.title', roles: [...CASE_ROLES, ...STEWARDS] },
  { to: '/calendar', title: 'calendar.title', roles: [...CASE_ROLES, ...STEWARDS] },
  { to: '/units', title: 'areas.units', roles: [...CASE_ROLES, ...STEWARDS] },
  { to: '/areas', title: 'areas.title', roles: [...CASE_ROLES, ...STEWARDS] },
  { to: '/accounts', title: 'access.accounts', roles: ['security_administrator'] },
  { to: '/robots', title: 'notices.robots', roles: ['system_administrator'] },
  { to: '/deliveries', title: 'notices.deliveries', roles: ['system_administrator'] },
  { to: '/audit', title: 'audit.title', roles: ['auditor'] },
]

export function menuFor(holds: (roles: readonly Role[]) => boolean) {
  return MENU.filter((entry) => holds(entry.roles))
}

export function rolesOf(to: string): readonly Role[] {
  return MENU.find((entry) => entry.to === to)?.roles ?? []
}
