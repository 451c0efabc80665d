import type { Level } from '../kernel/types'

export const LEVELS: readonly Level[] = ['street', 'community', 'grid']
const LENGTH: Record<Level, number> = { street: 9, community: 12, grid: 15 }

/** The area of `level` that `code` is or lies in; '' where the code is larger than that. */
export function ancestor(code: string, level: Level): string {
  return code.length >= LENGTH[level] ? code.slice(0, LENGTH[level]) : ''
}

export function levelOf(code: string): Level | null {
  return LEVELS.find((level) => code.length === LENGTH[level]) ?? null
}
