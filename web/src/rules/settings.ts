import type { Rules } from '../kernel/types'

export type Desk = keyof Rules['desk']
export const DESKS: readonly Desk[] = ['file', 'check', 'dispatch', 'consent', 'verify', 'call_back', 'arbitrate']

/** A number of the form; the share of call-backs is shown in percent. */
export interface NumberSetting {
  name: Exclude<keyof Rules, 'desk' | 'climb'>
  word: string
  min: number
  max: number
  step: number
  /** How many of the stored unit one shown unit is. */
  scale: number
}
const setting = (name: NumberSetting['name'], min: number, max: number): NumberSetting => ({ name, word: name, min, max, step: 1, scale: 1 })

export const SECTIONS: readonly { name: string; settings: readonly NumberSetting[] }[] = [
  { name: 'time', settings: [setting('extensions', 0, 2), setting('suspension_days', 1, 366), setting('refusals', 1, 5)] },
  { name: 'reopen', settings: [setting('reopen_days', 0, 3650)] },
  {
    name: 'call_back',
    settings: [
      { name: 'call_back_permille', word: 'call_back_percent', min: 0, max: 100, step: 0.1, scale: 10 },
      setting('sample_seed', 0, Number.MAX_SAFE_INTEGER),
    ],
  },
  { name: 'pictures', settings: [setting('submit_pictures', 0, 6), setting('verify_pictures', 0, 6)] },
  { name: 'remind', settings: [setting('remind_hours', 1, 240)] },
]

export function shown(rules: Rules, each: NumberSetting): number {
  return rules[each.name] / each.scale
}

/** What a number box holds, as it is stored; a box without a number is not a number. */
export function stored(value: string, each: NumberSetting): number {
  return value === '' ? Number.NaN : Math.round(Number(value) * each.scale)
}

export function copyOf(rules: Rules): Rules {
  return { ...rules, desk: { ...rules.desk }, climb: [...rules.climb] }
}

/** The settings that differ, each with the key of its label. */
export function changes(was: Rules, is: Rules, limit: (code: string) => string): { label: string; was: string; is: string }[] {
  const all = [
    ...DESKS.map((desk) => ({ label: `rules.desk_limit.${desk}`, was: limit(was.desk[desk]), is: limit(is.desk[desk]) })),
    ...SECTIONS.flatMap((section) => section.settings).map((each) => ({
      label: `rules.number.${each.word}`,
      was: String(shown(was, each)),
      is: String(shown(is, each)),
    })),
    ...(['first', 'second'] as const).map((step, i) => ({ label: `rules.climb.${step}`, was: limit(was.climb[i] ?? ''), is: limit(is.climb[i] ?? '') })),
  ]
  return all.filter((each) => each.was !== each.is)
}
