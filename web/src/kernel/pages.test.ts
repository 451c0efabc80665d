import { expect, it } from 'vitest'
import { usePages, type Page } from './pages'

it('adds pages until there is no next', async () => {
  const pages: Record<string, Page<number>> = { start: { items: [1, 2], next: 'b' }, b: { items: [3], next: null } }
  const read = async (cursor: string | null) => pages[cursor ?? 'start']!
  const list = usePages(read)
  await list.load()
  await list.more()
  expect(list.items.value).toEqual([1, 2, 3])
  expect(list.next.value).toBeNull()
})

it('drops an answer that a newer question has overtaken', async () => {
  const waiting: ((page: Page<string>) => void)[] = []
  const list = usePages<string>(() => new Promise((resolve) => waiting.push(resolve)))
  const first = list.load()
  const second = list.load()
  waiting[1]!({ items: ['new'], next: null })
  waiting[0]!({ items: ['old'], next: null })
  await Promise.all([first, second])
  expect(list.items.value).toEqual(['new'])
})
