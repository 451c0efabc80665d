import { expect, it } from 'vitest'
import type { Role } from '../kernel/types'
import { menuFor } from './menu'

const seen = (...held: Role[]) => menuFor((roles) => roles.some((role) => held.includes(role))).map((entry) => entry.to)

it('shows each post its own pages and no others', () => {
  expect(seen()).toEqual([])
  expect(seen('auditor')).toEqual(['/audit'])
  expect(seen('system_administrator')).toEqual(['/robots', '/deliveries'])
  expect(seen('security_administrator')).toEqual(['/accounts'])
  expect(seen('dispatcher')).toEqual(['/cases', '/items', '/duties', '/rules', '/calendar', '/units', '/areas'])
  expect(seen('intake_operator')).toEqual(['/cases', '/report', '/items', '/duties', '/rules', '/calendar', '/units', '/areas'])
  expect(seen('data_steward')).toEqual(['/items', '/duties', '/rules', '/calendar', '/units', '/areas'])
})
