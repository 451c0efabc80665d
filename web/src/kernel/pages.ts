import { ref, shallowRef } from 'vue'
import { Problem } from './problem'

export interface Page<T> {
  items: T[]
  next: string | null
}

/** A list read page by page: `load` starts over, `more` adds the next page. An answer overtaken by a newer question is dropped. */
export function usePages<T>(read: (cursor: string | null, signal: AbortSignal) => Promise<Page<T>>) {
  const items = shallowRef<T[]>([])
  const next = ref<string | null>(null)
  const busy = ref(false)
  const problem = shallowRef<Problem | null>(null)
  const loaded = ref(false)
  let running: AbortController | null = null

  async function fetchPage(cursor: string | null): Promise<void> {
    running?.abort()
    const mine = (running = new AbortController())
    busy.value = true
    problem.value = null
    try {
      const page = await read(cursor, mine.signal)
      if (mine !== running) return
      items.value = cursor === null ? page.items : [...items.value, ...page.items]
      next.value = page.next
      loaded.value = true
    } catch (error) {
      if (mine !== running || mine.signal.aborted) return
      problem.value = Problem.from(error)
    } finally {
      if (mine === running) busy.value = false
    }
  }

  return { items, next, busy, problem, loaded, load: () => fetchPage(null), more: () => fetchPage(next.value) }
}
