import type { WizardOutcome } from '../ui/wizard'
import type { Imported, Spelling } from './types'

/** An import as the wizard shows it: a doubtful row is no fault, it becomes a draft and says why. */
export function outcomeOf(done: Imported): WizardOutcome {
  return {
    written: done.written,
    refused: 0,
    leftOut: 0,
    notes: done.notes.map((note) => ({ weight: 'note', zh: note.at ? `${note.zh}（${note.at}）` : note.zh, en: note.at ? `${note.en} (${note.at})` : note.en })),
    rows: done.rows.map((row) => ({
      number: row.record,
      line: row.line,
      code: row.code,
      name: row.name,
      outcome: row.became,
      messages: row.doubts.map((doubt) => ({ weight: 'warning', zh: doubt.field ? `${doubt.field}：${doubt.zh}` : doubt.zh, en: doubt.field ? `${doubt.field}: ${doubt.en}` : doubt.en })),
    })),
  }
}

export function sameKind(spelling: Spelling): 'unit' | 'role' | 'new' | 'unknown' {
  const { meaning } = spelling
  if (typeof meaning === 'string') return 'unknown'
  return 'unit' in meaning ? 'unit' : 'role' in meaning ? 'role' : 'new'
}

/** Spellings in the order in which they deserve a look: what is unknown, what is to be made and looks like something, the rest; the frequent first. */
export function reviewOf(spellings: readonly Spelling[]): Spelling[] {
  const rank = (each: Spelling) => (sameKind(each) === 'unknown' ? 0 : each.like.length ? 1 : sameKind(each) === 'new' ? 2 : 3)
  return [...spellings].sort((a, b) => rank(a) - rank(b) || b.count - a.count || a.spelling.localeCompare(b.spelling, 'zh'))
}
