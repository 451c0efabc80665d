import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import words from './words'

// docs/flow.md is printed from the server's table, and a test there keeps it equal.
const page = readFileSync(`${import.meta.dirname}/../../../docs/flow.md`, 'utf8')
const zh = words.zh as { stage: Record<string, string>; move: Record<string, string> }
const en = words.en as { stage: Record<string, string> }

describe('the words of the loop', () => {
  it('call the stages as the table does, in both languages', () => {
    const rows = [...page.matchAll(/^\| `(\w+)` \| ([^|]+) \| ([^|]+) \| (?:yes)? *\|$/gm)]
    expect(rows.length).toBe(Object.keys(zh.stage).length)
    for (const [, code, name, english] of rows) {
      expect(zh.stage[code!], code).toBe(name)
      expect(en.stage[code!]!.toLowerCase(), code).toBe(english)
    }
  })
  it('call the moves as the table does', () => {
    const rows = [...page.slice(page.indexOf('## Moves')).matchAll(/^\| [`*](\w+)[`*] \| ([^|]+) \| (?:stays|\w+) \| /gm)]
    expect(new Set(rows.map(([, code]) => code)).size).toBe(Object.keys(zh.move).length)
    for (const [, code, name] of rows) expect(zh.move[code!], code).toBe(name)
  })
})
