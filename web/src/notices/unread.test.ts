import { createPinia, setActivePinia } from 'pinia'
import { beforeEach, expect, it, vi } from 'vitest'
import { useSession } from '../access/session'
import type { Session } from '../kernel/types'
import { useUnread } from './unread'

beforeEach(() => {
  setActivePinia(createPinia())
  vi.unstubAllGlobals()
})
const answers = (body: unknown, status = 200) => {
  const fetch = vi.fn(async () => new Response(JSON.stringify(body), { status, headers: { 'Content-Type': 'application/json' } }))
  vi.stubGlobal('fetch', fetch)
  return fetch
}

it('asks only for somebody who is signed in and works in a region', async () => {
  const fetch = answers({ unread: 3, more: false })
  const unread = useUnread()
  await unread.refresh()
  expect(fetch).not.toHaveBeenCalled()
  const session = useSession()
  session.session = { posts: [] } as unknown as Session
  session.chooseRegion('990101')
  await unread.refresh()
  expect(fetch).toHaveBeenCalledOnce()
  expect(unread.shown).toBe('3')
})

it('keeps the number when the server cannot be asked, and shortens a large one', async () => {
  const session = useSession()
  session.session = { posts: [] } as unknown as Session
  session.chooseRegion('990101')
  const unread = useUnread()
  unread.set({ unread: 240, more: false })
  expect(unread.shown).toBe('99+')
  answers({}, 503)
  await unread.refresh()
  expect(unread.count).toBe(240)
})
