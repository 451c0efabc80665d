import { defineStore } from 'pinia'
import { computed, ref } from 'vue'
import { useSession } from '../access/session'
import { api } from '../kernel/api'

/** How many of one's notices are unread: one number for the bell and the page. */
export const useUnread = defineStore('unread', () => {
  const session = useSession()
  const count = ref(0)
  const more = ref(false)
  const shown = computed(() => (count.value > 99 || more.value ? '99+' : String(count.value)))

  function set(answer: { unread: number; more: boolean }): void {
    count.value = answer.unread
    more.value = answer.more
  }

  /** Asks again; a number that cannot be had just now stays as it was. */
  async function refresh(): Promise<void> {
    const region = session.region
    if (!session.session || !region) return
    try {
      const answer = await api.get('/api/regions/{region}/notices/count', { path: { region } })
      if (region === session.region) set(answer)
    } catch {
      // The next turn asks again; whatever is wrong with the line, the page itself says it.
    }
  }

  return { count, more, shown, set, refresh }
})
