import { computed, shallowRef } from 'vue'
import { useI18n } from 'vue-i18n'
import { useUnits } from '../areas/units'
import { api } from '../kernel/api'
import { Problem } from '../kernel/problem'
import type { UnitRole } from '../kernel/types'
import type { Choice } from '../ui/SearchSelect.vue'
import { keyOf } from './edit'
import type { Party } from './types'

/** Units and unit roles of a region: to choose from, and to be written by name. */
export function useParties(region: () => string) {
  const { t, locale } = useI18n()
  // Closed units are still named by versions of the past.
  const { units, problem: unread, load: loadUnits } = useUnits(region, true)
  const roles = shallowRef<UnitRole[]>([])
  const failed = shallowRef<Problem | null>(null)
  const problem = computed(() => unread.value ?? failed.value)

  async function load(): Promise<void> {
    const wanted = region()
    failed.value = null
    roles.value = []
    if (!wanted) return
    await Promise.all([
      loadUnits(),
      api
        .get('/api/regions/{region}/unit-roles', { path: { region: wanted } })
        .then(({ items }) => wanted === region() && (roles.value = items))
        .catch((error: unknown) => (failed.value = Problem.from(error))),
    ])
  }

  const choices = computed<Choice[]>(() => [
    ...roles.value.map((role) => ({ value: `role:${role.code}`, label: locale.value === 'en' ? role.en : role.zh, note: t('items.role') })),
    ...units.value.filter((unit) => !unit.closed).map((unit) => ({ value: `unit:${unit.id}`, label: unit.name })),
  ])
  const names = computed(() => {
    const all = new Map<string, string>()
    for (const unit of units.value) all.set(`unit:${unit.id}`, unit.name)
    for (const role of roles.value) all.set(`role:${role.code}`, locale.value === 'en' ? role.en : role.zh)
    return all
  })
  const nameOf = (party: unknown): string => {
    const key = keyOf(party as Party | null)
    return names.value.get(key) ?? key
  }
  /** What is chosen stays choosable, though it may have gone from the list. */
  const withChosen = (key: string): Choice[] =>
    !key || choices.value.some((choice) => choice.value === key) ? choices.value : [{ value: key, label: names.value.get(key) ?? key }, ...choices.value]

  return { problem, load, nameOf, withChosen }
}
export type Parties = ReturnType<typeof useParties>
