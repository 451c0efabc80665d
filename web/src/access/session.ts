import { defineStore } from 'pinia'
import { computed, ref, shallowRef } from 'vue'
import { api } from '../kernel/api'
import { Problem } from '../kernel/problem'
import type { Region, Role, Session } from '../kernel/types'

const KEPT = 'jingwei.region'

/** Who is signed in, which posts they hold, and the region they work in now. */
export const useSession = defineStore('session', () => {
  const session = shallowRef<Session | null>(null)
  const known = ref(false)
  const regions = shallowRef<Region[]>([])
  const region = ref('')

  const name = computed(() => session.value?.account.name ?? '')
  const current = computed(() => regions.value.find((each) => each.code === region.value))
  const zone = computed(() => current.value?.zone ?? 'Asia/Shanghai')
  const roles = computed(() => {
    const posts = session.value?.posts ?? []
    return new Set<Role>(posts.filter((post) => post.region === region.value).map((post) => post.role))
  })

  function holds(wanted: readonly string[] | undefined): boolean {
    return !wanted || wanted.some((role) => roles.value.has(role as Role))
  }

  async function took(value: Session): Promise<void> {
    const all = (await api.get('/api/regions')).items
    const own = new Set(value.posts.map((post) => post.region))
    regions.value = all.filter((each) => own.has(each.code))
    const kept = localStorage.getItem(KEPT)
    region.value = (regions.value.find((each) => each.code === kept) ?? regions.value[0])?.code ?? ''
    session.value = value
    known.value = true
  }

  /** Asks once who is signed in. */
  async function load(): Promise<void> {
    if (known.value) return
    try {
      await took(await api.get('/api/session'))
    } catch (error) {
      if (!(error instanceof Problem) || error.status !== 401) throw error
      clear()
    }
  }

  async function signIn(username: string, password: string, key: string): Promise<void> {
    await took(await api.post('/api/session', { body: { username, password }, key }))
  }

  async function signOut(): Promise<void> {
    await api.del('/api/session')
    clear()
  }

  function clear(): void {
    session.value = null
    known.value = true
  }

  function chooseRegion(code: string): void {
    region.value = code
    localStorage.setItem(KEPT, code)
  }

  return { session, known, regions, region, name, current, zone, roles, holds, load, signIn, signOut, clear, chooseRegion }
})
