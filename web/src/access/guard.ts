import type { Router } from 'vue-router'
import { onSignedOut } from '../kernel/api'
import { useSession } from './session'

/** Nobody passes without a session; a session that ends leads to the sign-in and from there back. */
export function guard(router: Router): void {
  const session = useSession()

  router.beforeEach(async (to) => {
    if (to.meta.open) return true
    try {
      await session.load()
    } catch {
      return { path: '/sign-in', query: { next: to.fullPath } }
    }
    if (!session.session) return { path: '/sign-in', query: { next: to.fullPath } }
    if (!session.holds(to.meta.roles)) return { path: '/forbidden' }
    return true
  })

  onSignedOut(() => {
    session.clear()
    const here = router.currentRoute.value
    if (!here.meta.open) void router.replace({ path: '/sign-in', query: { next: here.fullPath, ended: '1' } })
  })
}
