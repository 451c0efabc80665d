import { shallowRef } from 'vue'
import { api } from '../kernel/api'
import { Problem } from '../kernel/problem'
import type { Item } from '../kernel/types'

/** The items of a region; someone who is not signed in gets the public ones. With `retired` also those out of use, which keep their old cases. */
export function useItems(region: () => string, retired = false) {
  const items = shallowRef<Item[]>([])
  const problem = shallowRef<Problem | null>(null)

  async function load(): Promise<void> {
    const wanted = region()
    items.value = []
    problem.value = null
    if (!wanted) return
    try {
      const { items: all } = await api.get('/api/regions/{region}/items', { path: { region: wanted }, query: { ...(retired ? { all: true as const } : {}) } })
      if (wanted === region()) items.value = all
    } catch (error) {
      problem.value = Problem.from(error)
    }
  }

  return { items, problem, load }
}

/** Items under the heading of their major class, in the order the catalogue gives them. */
export function byMajor(items: Item[]): { major: string; items: Item[] }[] {
  const groups = new Map<string, Item[]>()
  for (const item of items) groups.set(item.major, [...(groups.get(item.major) ?? []), item])
  return [...groups].map(([major, members]) => ({ major, items: members }))
}
