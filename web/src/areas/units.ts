import { shallowRef } from 'vue'
import { api } from '../kernel/api'
import { Problem } from '../kernel/problem'
import type { Unit } from '../kernel/types'

/** The units of a region, for choosing one and for writing their names; with `closed` also those that take no new cases. */
export function useUnits(region: () => string, closed = false) {
  const units = shallowRef<Unit[]>([])
  const problem = shallowRef<Problem | null>(null)

  async function load(): Promise<void> {
    const wanted = region()
    units.value = []
    problem.value = null
    if (!wanted) return
    try {
      const { items: all } = await api.get('/api/regions/{region}/units', { path: { region: wanted }, query: { ...(closed ? { all: true as const } : {}) } })
      if (wanted === region()) units.value = all
    } catch (error) {
      problem.value = Problem.from(error)
    }
  }

  return { units, problem, load }
}
