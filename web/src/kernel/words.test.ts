import { expect, it } from 'vitest'
import access from '../access/words'
import units from '../areas/unit-words'
import areas from '../areas/words'
import attachments from '../attachments/words'
import audit from '../audit/words'
import { STAGES } from '../cases/stages'
import cases from '../cases/words'
import duties from '../duties/words'
import items from '../items/words'
import notices from '../notices/words'
import rules from '../rules/words'
import type { Words } from './i18n'
import kernel from './words'

const rooms = { kernel, access, areas, units, attachments, audit, cases, duties, items, notices, rules }
const keys = (words: Words, before = ''): string[] =>
  Object.entries(words).flatMap(([name, value]) => (typeof value === 'string' ? [before + name] : keys(value, `${before}${name}.`)))
const all = new Set(Object.values(rooms).flatMap((room) => keys(room.zh)))

it.each(Object.entries(rooms))('says everything in both languages: %s', (_, room) => {
  expect(keys(room.en)).toEqual(keys(room.zh))
})

it('has words for every key the pages name', () => {
  const sources = import.meta.glob<string>('../**/*.{vue,ts}', { query: '?raw', import: 'default', eager: true })
  const named = Object.entries(sources).flatMap(([file, text]) =>
    [...text.matchAll(/(?:\bt\(\s*|title: |word\()'((?:\w+\.)+\w+)'/g)].map((match) => `${file}: ${match[1]}`),
  )
  expect(named.length).toBeGreaterThan(200)
  expect(named.filter((each) => !all.has(each.split(': ')[1]!))).toEqual([])
})

it('has a word for every stage', () => {
  expect(STAGES.filter((stage) => !all.has(`stage.${stage}`))).toEqual([])
})
