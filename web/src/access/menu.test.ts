import { expect, it } from 'vitest'
import type { Role } from '../kernel/types'
import { menuFor } from './menu'

const seen = (...held: Role[]) => menuFor((roles) => roles.some((role) => held.includes(role))).map((entry) => entry.to)

it('shows each post its own pages and no others', () => {
  expect(seen()).toEqual([])
  expect(seen('auditor')).toEqual(['/audit'])
  expect(seen('security_administrator')).toEqual(['/accounts'])
  expect(seen('dispatcher')).toEqual(['/cases', '/items', '/units', '/areas'])
  expect(seen('intake_operator')).toEqual(['/cases', '/report', '/items', '/units', '/areas'])
  expect(seen('data_steward')).toEqual(['/items', '/units', '/areas'])
})
