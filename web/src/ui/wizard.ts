/** What an import wizard works with, whatever is imported. */

export interface Said {
  weight: 'fault' | 'warning' | 'note'
  zh: string
  en: string
  /** Longitude and latitude, where it is about a place. */
  place?: number[] | null
}
export interface WizardPreview {
  fields: string[]
  rows: Record<string, unknown>[]
  /** How many records; null where only the server can tell. */
  count: number | null
  notes: Said[]
}
export type Became = 'new' | 'changed' | 'unchanged' | 'refused' | 'draft'
export interface WizardRow {
  number: number
  line: number | null
  code: string
  name: string
  outcome: Became
  messages: Said[]
}
export interface WizardOutcome {
  written: boolean
  refused: number
  /** Faults beyond those that are told. */
  leftOut: number
  notes: Said[]
  rows: WizardRow[]
}
/** Something the rows are to give: asked for by the label, guessed by what fields are usually called. */
export interface WizardField {
  key: string
  label: string
  hint?: string
  required: boolean
  /** In lower case, the surest first; a field of the file that is called so, begins so or contains it. */
  guesses: readonly string[]
}

const plain = (text: string): string => text.toLowerCase().replace(/[\s_.-]/g, '')

/** The field of the file that is most likely meant; none is taken twice. */
export function guess(fields: readonly string[], wanted: readonly WizardField[]): Record<string, string> {
  const taken = new Set<string>()
  const chosen: Record<string, string> = {}
  const ways: ((field: string, word: string) => boolean)[] = [
    (field, word) => field === word,
    (field, word) => field.startsWith(word) || field.endsWith(word),
    (field, word) => field.includes(word),
  ]
  for (const way of ways) {
    for (const want of wanted) {
      if (chosen[want.key]) continue
      const words = want.guesses.map(plain)
      const found = words.flatMap((word) => fields.filter((field) => !taken.has(field) && way(plain(field), word)))[0]
      if (found === undefined) continue
      chosen[want.key] = found
      taken.add(found)
    }
  }
  return chosen
}

/** A cell that a spreadsheet reads as text, never as a formula. */
function cell(value: string | number | null): string {
  const text = String(value ?? '')
  const safe = /^[=+\-@\t\r]/.test(text) ? `'${text}` : text
  return /[",\n\r]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe
}

export function csvOf(outcome: WizardOutcome, header: readonly string[], say: (said: Said) => string, word: (became: Became) => string): string {
  const lines = outcome.rows.map((row) =>
    [row.number, row.line, row.code, row.name, word(row.outcome), row.messages.map(say).join('; ')].map(cell).join(','),
  )
  // The mark lets spreadsheets know it is UTF-8.
  return `\uFEFF${[header.map(cell).join(','), ...lines].join('\r\n')}\r\n`
}

export function download(name: string, text: string, type = 'text/csv'): void {
  const link = document.createElement('a')
  link.href = URL.createObjectURL(new Blob([text], { type }))
  link.download = name
  link.click()
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000)
}
