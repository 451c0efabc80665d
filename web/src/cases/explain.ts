import type { ExplanationLine } from '../kernel/types'

/** How a part of an explanation is drawn: counted time, a public holiday, other days without work, what happened to the clock, a word of caution, or its end. */
export type Tone = 'work' | 'extra' | 'holiday' | 'rest' | 'turn' | 'caution' | 'due'

export interface Part {
  tone: Tone
  text: string
  /** How many days it covers, in the bar; 0 where it takes no time. */
  days: number
}

const TONES: Record<ExplanationLine['what'], Tone> = {
  start: 'turn',
  working: 'work',
  half_day: 'extra',
  make_up: 'extra',
  holiday: 'holiday',
  weekend: 'rest',
  closed: 'rest',
  elapsed: 'work',
  days: 'work',
  stopped: 'turn',
  resumed: 'turn',
  restarted: 'turn',
  extended: 'turn',
  suspended: 'rest',
  unknown: 'caution',
  provisional: 'caution',
  shifted: 'caution',
  due: 'due',
}
const TIMELESS: readonly Tone[] = ['turn', 'caution', 'due']
const DAY = 86_400_000

/** The lines of an explanation in the reader's language, with what is needed to draw them. Fractions of a second are left out: nobody reads them. */
export function partsOf(lines: readonly ExplanationLine[], language: string): Part[] {
  return lines.map((line) => {
    const tone = TONES[line.what]
    const text = (language === 'en' ? line.en : line.zh).replace(/(\d\d:\d\d:\d\d)\.\d+/g, '$1')
    const days = TIMELESS.includes(tone) || !line.from || !line.to ? 0 : Math.round((Date.parse(line.to) - Date.parse(line.from)) / DAY) + 1
    return { tone, text, days }
  })
}

/** The parts that take time, for the bar. With a single one there is nothing to compare. */
export function barOf(parts: readonly Part[]): Part[] {
  const bar = parts.filter((part) => part.days > 0)
  return bar.length > 1 ? bar : []
}
