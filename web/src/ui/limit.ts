/** Time limits as the server writes them: a whole number and a unit's code, "2wd". */
export const LIMIT_UNITS = ['wd', 'wh', 'wm', 'd', 'h', 'm', 'uh', 'ud'] as const
export type LimitUnit = (typeof LIMIT_UNITS)[number]
export interface Limit {
  n: number
  unit: LimitUnit
}

const NAMES: Record<LimitUnit, { zh: string; en: string }> = {
  wd: { zh: '工作日', en: 'working day' },
  wh: { zh: '工作时', en: 'working hour' },
  wm: { zh: '工作分钟', en: 'working minute' },
  d: { zh: '天', en: 'day' },
  h: { zh: '小时', en: 'hour' },
  m: { zh: '分钟', en: 'minute' },
  uh: { zh: '紧急工作时', en: 'urgent hour' },
  ud: { zh: '紧急工作日', en: 'urgent day' },
}

/** The longest limit in each unit, as the server has it: 731 days of their kind. */
const MOST: Record<LimitUnit, number> = { wd: 731, wh: 5_848, wm: 350_880, d: 731, h: 17_544, m: 1_052_640, uh: 17_544, ud: 731 }

export function mostOf(unit: LimitUnit): number {
  return MOST[unit]
}

/** The parts of a code; null where it is none. */
export function parseLimit(code: string): Limit | null {
  const [, digits, letters] = /^([1-9]\d*)([a-z]+)$/.exec(code) ?? []
  const unit = LIMIT_UNITS.find((each) => each === letters)
  const n = Number(digits)
  return unit && n <= MOST[unit] ? { n, unit } : null
}

/** The code of a number somebody typed and a unit; empty while it is no limit. */
export function limitCode(n: number | string, unit: LimitUnit): string {
  const code = `${String(n).trim()}${unit}`
  return parseLimit(code) ? code : ''
}

export function unitName(unit: LimitUnit, language: string): string {
  return language.startsWith('zh') ? NAMES[unit].zh : `${NAMES[unit].en}s`
}

/** "2工作日", "2 working days". What is no limit is left as it stands. */
export function formatLimit(code: string, language: string): string {
  const limit = parseLimit(code)
  if (!limit) return code
  const name = NAMES[limit.unit]
  return language.startsWith('zh') ? `${limit.n}${name.zh}` : `${limit.n} ${name.en}${limit.n === 1 ? '' : 's'}`
}
