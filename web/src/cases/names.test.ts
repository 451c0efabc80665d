// @vitest-environment node
import { readFileSync } from 'node:fs'
import { expect, it } from 'vitest'
import { ASKS, LISTS, STAGES } from './stages'
import words from './words'

it('calls every move by its name in the table of the loop', () => {
  const page = readFileSync(new URL('../../../docs/flow.md', import.meta.url), 'utf8')
  const moves = page.slice(page.indexOf('## Moves'))
  const told = Object.fromEntries([...moves.matchAll(/^\| (?:`(\w+)`|\*(\w+)\*) \| (\S+) \|/gm)].map(([, move, aside, name]) => [move ?? aside, name]))
  const ours = words.zh.move as Record<string, string>
  expect(Object.keys(told)).toHaveLength(42)
  expect(told).toEqual(ours)
})

it('has a word for every code of the server', () => {
  const zh = words.zh as Record<string, Record<string, unknown>>
  expect(Object.keys(zh.asks!)).toEqual([...ASKS])
  expect(Object.keys(zh.cases!.view as object)).toEqual([...LISTS, 'all'])
  expect(Object.keys(zh.stage!)).toEqual([...STAGES])
})
