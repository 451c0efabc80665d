import { onBeforeUnmount, shallowRef, watch } from 'vue'
import { api } from '../kernel/api'
import type { View, Worklist } from '../kernel/types'

/** News come one by one and in heaps: the counts follow them at most this often. */
const PAUSE = 5_000

/** How much the worklists of the caller hold. `soon` counts again, at once after a quiet time and else after a pause; a page nobody looks at waits until somebody does. */
export function useWorklists(region: () => string) {
  const lists = shallowRef<Worklist[]>([])
  let counted = 0
  let timer: ReturnType<typeof setTimeout> | undefined

  async function count(): Promise<void> {
    clearTimeout(timer)
    timer = undefined
    counted = Date.now()
    const asked = region()
    if (!asked) return
    try {
      const { items } = await api.get('/api/regions/{region}/cases/worklists', { path: { region: asked } })
      if (asked === region()) lists.value = items
    } catch {
      // The list itself says what is wrong; old counts are better than none.
    }
  }
  function soon(): void {
    timer ??= setTimeout(look, Math.max(0, counted + PAUSE - Date.now()))
  }
  function look(): void {
    timer = undefined
    if (!document.hidden) void count()
    else document.addEventListener('visibilitychange', look, { once: true })
  }

  watch(region, () => ((lists.value = []), void count()), { immediate: true })
  onBeforeUnmount(() => {
    clearTimeout(timer)
    document.removeEventListener('visibilitychange', look)
  })
  return { lists, count, soon }
}

/** Those of `among` that hold something, the first of them and the one looked at in any case. */
export function shownLists(lists: readonly Worklist[], among: readonly View[], now: View): { view: View; count: Worklist | null }[] {
  return among
    .map((view) => ({ view, count: lists.find((list) => list.view === view) ?? null }))
    .filter(({ view, count }, at) => at === 0 || view === now || (count !== null && count.count > 0))
}
