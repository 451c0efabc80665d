import { ref, shallowRef } from 'vue'
import { Problem } from './problem'

/** One thing read from the server: its value, or why it could not be read. A slow earlier answer never overwrites a later one. */
export function useLoad<T>(read: () => Promise<T>) {
  const value = shallowRef<T | null>(null)
  const problem = shallowRef<Problem | null>(null)
  const busy = ref(false)
  let turn = 0

  async function load(): Promise<void> {
    const mine = ++turn
    busy.value = true
    try {
      const answer = await read()
      if (mine !== turn) return
      value.value = answer
      problem.value = null
    } catch (error) {
      if (mine === turn) problem.value = Problem.from(error)
    } finally {
      if (mine === turn) busy.value = false
    }
  }

  return { value, problem, busy, load }
}
