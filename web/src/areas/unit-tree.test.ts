import { expect, it } from 'vitest'
import { branches } from './unit-tree'

const unit = (id: string, parent: string | null = null) => ({ id, name: id, parent })

it('puts each unit under the one it belongs to, in the order of the list', () => {
  const rows = branches([unit('a'), unit('b', 'c'), unit('c'), unit('d', 'b'), unit('e', 'c')])
  expect(rows.map(({ unit, depth }) => `${depth}${unit.id}`)).toEqual(['0a', '0c', '1b', '2d', '1e'])
})

it('shows units whose parent is not in the list at the top', () => {
  expect(branches([unit('b', 'gone'), unit('a', 'b')]).map(({ unit, depth }) => `${depth}${unit.id}`)).toEqual(['0b', '1a'])
})

it('loses nobody in a damaged tree that goes round', () => {
  const rows = branches([unit('a', 'b'), unit('b', 'a'), unit('c')])
  expect(rows.map(({ unit }) => unit.id).sort()).toEqual(['a', 'b', 'c'])
})
