import { shallowRef } from 'vue'
import { api } from '../kernel/api'
import { readAll } from '../kernel/pages'
import { Problem } from '../kernel/problem'
import type { Unit } from '../kernel/types'

/** The units of a region, for choosing one and for writing their names. */
export function useUnits(region: () => string) {
  const units = shallowRef<Unit[]>([])
  const problem = shallowRef<Problem | null>(null)

  async function load(): Promise<void> {
    const wanted = region()
    units.value = []
    problem.value = null
    if (!wanted) return
    try {
      const all = await readAll((cursor) =>
        api.get('/api/regions/{region}/units', { path: { region: wanted }, query: { limit: 200, ...(cursor ? { cursor } : {}) } }),
      )
      if (wanted === region()) units.value = all
    } catch (error) {
      problem.value = Problem.from(error)
    }
  }

  return { units, problem, load }
}
